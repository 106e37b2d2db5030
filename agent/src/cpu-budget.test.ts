import { expect, test } from "vitest";
import { createCpuBudget } from "./cpu-budget.ts";

test("a light agent is not held up", () => {
  expect(createCpuBudget(0.01).shortestPause(20)).toBe(2000);
});

test("a heavy one looks as seldom as its budget asks, and is quick again when the load is gone", () => {
  const budget = createCpuBudget(0.01);
  for (let look = 0; look < 20; look += 1) budget.shortestPause(600);
  expect(budget.shortestPause(600)).toBeCloseTo(60_000, -1);
  for (let look = 0; look < 30; look += 1) budget.shortestPause(20);
  expect(budget.shortestPause(20)).toBeLessThan(2500);
});

test("one costly look is no habit", () => {
  const budget = createCpuBudget(0.01);
  for (let look = 0; look < 20; look += 1) budget.shortestPause(20);
  expect(budget.shortestPause(500)).toBeLessThan(12_000);
});
