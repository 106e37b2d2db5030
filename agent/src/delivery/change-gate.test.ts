import { expect, test } from "vitest";
import { createChangeGate } from "./change-gate.ts";

const DAY = 86_400_000;

test("facts pass when they changed, daily, when asked for, and when the clock was set", () => {
  const gate = createChangeGate();
  expect(gate.pass("a", 100 * DAY)).toBe(true);
  expect(gate.pass("a", 101 * DAY - 1)).toBe(false);
  expect(gate.pass("b", 101 * DAY - 1)).toBe(true);
  expect(gate.pass("b", 102 * DAY - 1)).toBe(true);
  gate.reset();
  expect(gate.pass("b", 102 * DAY)).toBe(true);
  expect(gate.pass("b", 50 * DAY)).toBe(true);
  expect(gate.pass("b", 50 * DAY + 1)).toBe(false);
});
