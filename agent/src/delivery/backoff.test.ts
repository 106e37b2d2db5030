import { expect, test } from "vitest";
import { backoffMs, retryAfterMs, spreadMs } from "./backoff.ts";

test("waits double each time, up to five minutes, with jitter in the upper half", () => {
  expect([1, 2, 3, 9, 50].map((failures) => backoffMs(failures, () => 1))).toEqual([
    2000, 4000, 8000, 300_000, 300_000,
  ]);
  expect(backoffMs(3, () => 0)).toBe(4000);
});

test("reads Retry-After as seconds or date, and nothing else", () => {
  const now = Date.parse("2026-11-20T10:00:00Z");
  expect(retryAfterMs("120", now)).toBe(120_000);
  expect(retryAfterMs("Fri, 20 Nov 2026 10:01:00 GMT", now)).toBe(60_000);
  expect(retryAfterMs("Fri, 20 Nov 2026 09:00:00 GMT", now)).toBe(0);
  expect(retryAfterMs("soon", now)).toBeUndefined();
  expect(retryAfterMs(undefined, now)).toBeUndefined();
});

test("10,000 agents that were told 30 s come back over 30 more, and none before", () => {
  const waits = Array.from({ length: 10_000 }, (_, agent) => spreadMs(30_000, () => agent / 10_000));
  expect(Math.min(...waits)).toBe(30_000);
  expect(Math.max(...waits)).toBeLessThanOrEqual(60_000);
  const inSecond = Map.groupBy(waits, (wait) => Math.floor(wait / 1000));
  expect(Math.max(...[...inSecond.values()].map((come) => come.length))).toBeLessThan(400);
});
