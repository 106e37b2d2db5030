import type { PlanDocument } from "@portolan/api";
import { expect, test } from "vitest";
import { planText } from "./plan-text.ts";

/** SYNTHETIC: a plan of no waves that cuts so many dependencies. */
const planOf = (cut: number): PlanDocument => ({
  id: "plan-1",
  createdAt: "2026-11-21T00:00:00.000Z",
  seed: 1,
  waves: [],
  cost: { cut, exposureWeeks: 0, temporaryRules: 0 },
  bound: null,
  recommendation: "Synthetic.",
  warnings: [],
  coverage: {},
});

test.each([
  [0, "0 dependencies cut"],
  [1, "1 dependency cut"],
  [2, "2 dependencies cut"],
])("a plan that cuts %i says so: %s", (cut, words) => {
  expect(planText(planOf(cut))).toContain(`Plan plan-1: 0 wave(s), ${words} between waves.`);
});
