import { expect, test } from "vitest";
import type { ConnectionEvent } from "../sampler.ts";
import { eventsOf } from "./log-events.ts";

/** SYNTHETIC: one connection as a log tells it. */
const word = (source: string, changes: Partial<ConnectionEvent> = {}) => ({
  event: {
    kind: "opened" as const,
    source,
    at: 5000,
    protocol: "tcp" as const,
    localAddress: "10.1.1.5",
    localPort: 50_000,
    remoteAddress: "10.1.1.9",
    remotePort: 443,
    ...changes,
  },
});

/** A double of what the tables showed. */
const NOTHING_SEEN = { note: () => {}, covers: () => false };

function sourcesOf(healthy: string[], covers: () => boolean = () => false): string[] {
  const told = [word("firewall-log"), word("security-events"), word("firewall-log", { kind: "failed" })];
  const seen = { ...NOTHING_SEEN, covers };
  return eventsOf(told, { seen, healthy: new Set(healthy), isOwn: () => true, from: 0, at: 9000 }).map(
    ({ kind, source }) => `${kind} ${source}`,
  );
}

test("where both logs show all that they can, the Security log alone tells", () => {
  expect(sourcesOf(["firewall-log", "security-events"])).toEqual(["opened security-events"]);
});

test("the firewall's log tells where the Security log doesn't show all", () => {
  expect(sourcesOf(["firewall-log"])).toEqual(["opened firewall-log", "opened security-events", "failed firewall-log"]);
});

test("what the tables showed is told no more, an attempt is", () => {
  expect(sourcesOf([], () => true)).toEqual(["failed firewall-log"]);
});

test("a word counts for the time between the looks, also of a clock that runs ahead", () => {
  const told = [100, 5000, 99_000].map((at) => word("firewall-log", { at }));
  const around = { seen: NOTHING_SEEN, healthy: new Set<string>(), isOwn: () => true, from: 1000, at: 9000 };
  expect(eventsOf(told, around).map(({ at }) => at)).toEqual([1000, 5000, 9000]);
});

test.each([
  ["10.1.1.9", 1],
  ["224.0.0.251", 0],
  ["239.255.255.250", 0],
  ["255.255.255.255", 0],
  ["ff02::fb", 0],
  ["fe80::1", 1],
])("sent to %s it is told %d times", (remoteAddress, times) => {
  const told = [word("firewall-log", { remoteAddress })];
  const around = { seen: NOTHING_SEEN, healthy: new Set<string>(), isOwn: () => true, from: 0, at: 9000 };
  expect(eventsOf(told, around)).toHaveLength(times);
});
