import { type HostFacts, ReceivedHostFacts, Software } from "@portolan/protocol";
import { checkItem, type Findings } from "./check-items.ts";

/**
 * The facts of a host, whose software was checked piece by piece: a bad one costs only itself. What on it names an
 * address is kept apart, see `acceptAddressDependencies`.
 */
export function acceptHost(input: unknown, findings: Findings): HostFacts | undefined {
  const received = checkItem(ReceivedHostFacts, input, ["host"], findings);
  if (received === undefined) return undefined;
  const { software, dependenciesOnAddress: _apart, ...facts } = received;
  if (software === undefined) return facts;
  return {
    ...facts,
    software: software.flatMap((item, index) => checkItem(Software, item, ["host", "software", index], findings) ?? []),
  };
}
