import type { PlanConfig } from "../types.ts";

/** SYNTHETIC plan.yaml that asks for nothing but `maxServersPerWave`; more keys as given. */
export function syntheticConfig(maxServersPerWave: number, more: Partial<PlanConfig> = {}): PlanConfig {
  return {
    timezone: "UTC",
    windows: [],
    blackouts: [],
    maxServersPerWave,
    together: [],
    apart: [],
    stay: [],
    retire: [],
    provideFirst: [],
    seed: 1,
    ...more,
  };
}
