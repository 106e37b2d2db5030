import { expect, test } from "vitest";
import { collectCells } from "./cells.ts";
import { deriveRules } from "./rules.ts";
import { syntheticDependency, syntheticHost } from "./testing/synthetic-estate.ts";
import { RuleVerificationError, verifyBundle } from "./verify.ts";

test("a bundle's rule that lacks an address, a port or the port's protocol is found", () => {
  const hosts = [syntheticHost("m1", "10.0.1.1"), syntheticHost("dc1", "10.0.2.1")];
  const input = { dependencies: [syntheticDependency("10.0.1.1", "10.0.2.1", 88)], hosts, zones: [] };
  const [pair] = collectCells(input).pairs;
  const [rule] = deriveRules({ ...input, scope: "all" }).rules;
  if (!pair || !rule) throw new Error("the synthetic estate makes no rule");
  const wide = { ...rule, services: [{ protocol: "tcp" as const, fromPort: 80, toPort: 90 }] };
  expect(() => verifyBundle(pair, wide)).not.toThrow();
  for (const lacking of [
    { ...wide, sources: [] },
    { ...wide, destinations: [] },
    { ...wide, services: [] },
    { ...wide, services: [{ protocol: "tcp" as const, fromPort: 89, toPort: 90 }] },
    { ...wide, services: [{ protocol: "tcp" as const, fromPort: 80, toPort: 87 }] },
    { ...wide, services: [{ protocol: "udp" as const, fromPort: 80, toPort: 90 }] },
  ]) {
    expect(() => verifyBundle(pair, lacking)).toThrow(RuleVerificationError);
  }
});
