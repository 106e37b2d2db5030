import type { ReceivedFlow, Source } from "@portolan/protocol";
import { expect, test } from "vitest";
import { exactCounts } from "./exact-counts.ts";

const whole = (name: string): Source => ({
  name,
  ok: true,
  observations: 1,
  lost: 0,
  gapMs: 0,
  cpuMs: 0,
  blindTo: [],
});
const at = "2026-11-20T10:00:00.000Z";
const flow = (more: Partial<ReceivedFlow> = {}): ReceivedFlow =>
  ({
    protocol: "tcp",
    direction: "inbound",
    localAddress: "10.0.0.1",
    remoteAddress: "10.0.0.2",
    serverPort: 80,
    connections: 1,
    firstSeen: at,
    lastSeen: at,
    sources: ["proc-net"],
    ...more,
  }) as ReceivedFlow;

test.each<[string, Partial<ReceivedFlow>, boolean, boolean]>([
  // What flow, exact with ss -E, exact with tracing.
  ["comes in", {}, true, true],
  ["goes out: the host's own resets are nameless", { direction: "outbound" }, false, true],
  ["comes into a container, of which ss is not told", { scope: "netns-1" }, false, true],
  ["is only passed on, translated", { sources: ["conntrack"] }, false, false],
  ["is UDP", { protocol: "udp" }, false, false],
])("the count of a flow that %s", (_, more, withSs, withTracing) => {
  expect(exactCounts([whole("proc-net"), whole("ss-events")])(flow(more))).toBe(withSs);
  expect(exactCounts([whole("proc-net"), whole("tracefs")])(flow(more))).toBe(withTracing);
  expect(exactCounts([whole("proc-net")])(flow(more))).toBe(false);
});

test("a gap, a loss or a failure makes it a lower bound", () => {
  for (const fault of [{ gapMs: 101 }, { lost: 1 }, { ok: false }])
    expect(exactCounts([{ ...whole("ss-events"), ...fault }])(flow())).toBe(false);
});
