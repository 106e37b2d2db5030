import type { ConnectionEvent } from "../sampler.ts";
import { FIREWALL_LOG } from "./firewall-log.ts";
import { SECURITY_EVENTS } from "./security-events.ts";
import type { SeenTuples } from "./seen-tuples.ts";
import type { ToldEvent } from "./told-events.ts";

interface Surroundings {
  seen: SeenTuples;
  /** Names of the logs that show all that they can. */
  healthy: ReadonlySet<string>;
  isOwn: (address: string) => boolean;
  /** When the tables were read before, and now. */
  from: number;
  at: number;
}

/**
 * What the logs tell beyond the tables. Where both tell it, the Security log does: it names the process. What was sent
 * to everybody, or to a group, is no connection of this host's. A log's word is late, and counts for now.
 */
export function eventsOf(
  told: readonly ToldEvent[],
  { seen, healthy, isOwn, from, at }: Surroundings,
): ConnectionEvent[] {
  const isFirstWord = ({ source }: ConnectionEvent): boolean =>
    source !== FIREWALL_LOG || !healthy.has(SECURITY_EVENTS);
  return told
    .map(({ event }) => event)
    .filter((event) => isFirstWord(event) && isOwn(event.localAddress ?? "") && !isForMany(event.remoteAddress))
    .filter((event) => event.kind !== "opened" || !seen.covers(event))
    .map((event) => ({ ...event, at: Math.min(Math.max(event.at, from), at) }));
}

function isForMany(address: string): boolean {
  return address === "255.255.255.255" || /^(?:22[4-9]|23\d)\./.test(address) || /^ff[0-9a-f]{2}:/.test(address);
}
