import type { Plan } from "@portolan/waves";
import { coverageJson } from "./coverage-json.ts";
import type { CoverageJson } from "./coverage-json.ts";
import type { CoverageSummary } from "./firewall-document.ts";

/** The `plan` document of the interface; `id` is the stored plan's. */
export interface PlanJson extends Plan {
  id: string;
  coverage: CoverageJson;
}

export function planJson(id: string, plan: Plan, coverage: CoverageSummary): PlanJson {
  const { seed, waves, cost, bound, recommendation, warnings } = plan;
  return { id, seed, waves, cost, bound, recommendation, warnings, coverage: coverageJson(coverage) };
}
