import { expect, test } from "vitest";
import type { ConnectionEvent } from "../sampler.ts";
import { firstWords } from "./first-words.ts";

/** Synthetic. */
const failed = (source: string, remoteAddress: string): ConnectionEvent => ({
  kind: "failed",
  source,
  at: 0,
  protocol: "tcp",
  localPort: 40_000,
  remoteAddress,
});
const PEER = "192.0.2.1";
const told = [
  failed("tracefs", PEER),
  failed("ss-events", PEER),
  failed("ss-events", "127.0.0.1"),
  { ...failed("ss-events", PEER), kind: "closed" } as const,
];
const [traced, , overLoopback, closed] = told;

test.each([
  ["without tracing, by ss", false, true, told],
  ["with tracing, by it alone", true, true, [traced, closed]],
  ["in a container with pids of its own, over loopback by ss", true, false, [traced, overLoopback, closed]],
])("a failed attempt is told once: %s", (_when, isTraced, seesKernelPids, expected) => {
  expect(firstWords(told, isTraced, seesKernelPids)).toEqual(expected);
});
