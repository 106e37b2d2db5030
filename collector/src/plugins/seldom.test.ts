import { expect, test } from "vitest";
import { seldom } from "./seldom.ts";

test("the first is told at once, the others once a minute with their number", () => {
  let now = 0;
  const told: number[] = [];
  const happened = seldom(() => now);
  for (; now <= 120_000; now += 100) happened((times) => told.push(times));
  expect(told).toEqual([1, 600, 600]);
});
