import { expect, test } from "vitest";
import type { ConnectionEvent, Observation } from "../sampler.ts";
import { createSeenTuples } from "./seen-tuples.ts";

const ENDS = {
  protocol: "tcp",
  localAddress: "10.1.1.5",
  localPort: 50_000,
  remoteAddress: "10.1.1.9",
  remotePort: 443,
} as const;
const ROW: Observation = { ...ENDS, state: "established", inode: 0 };
const opened = (at: number): ConnectionEvent => ({ ...ENDS, kind: "opened", source: "double", at });

test("a connection that began between two looks is the one that the second showed", () => {
  const seen = createSeenTuples();
  seen.note([], 10_000);
  seen.note([ROW], 20_000);
  seen.note([], 30_000);
  expect([8000, 9000, 15_000, 21_000, 22_000].map((at) => seen.covers(opened(at)))).toEqual([
    false,
    true,
    true,
    true,
    false,
  ]);
});

test("one with the same ends that came later is another one", () => {
  const seen = createSeenTuples();
  seen.note([ROW], 10_000);
  seen.note([], 20_000);
  seen.note([ROW], 100_000);
  expect(seen.covers(opened(60_000))).toBe(true);
});

test("what was gone for five minutes is forgotten, a word of a log that comes sooner is known", () => {
  const seen = createSeenTuples();
  seen.note([ROW], 10_000);
  seen.note([], 310_000);
  expect(seen.covers(opened(10_000))).toBe(true);
  seen.note([], 310_001);
  expect(seen.covers(opened(10_000))).toBe(false);
});
