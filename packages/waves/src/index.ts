export { cutoverWindows } from "./calendar.ts";
export { CalendarError, PlanConfigError } from "./errors.ts";
export { groupEdges } from "./group-edges.ts";
export { planWaves } from "./plan.ts";
export type * from "./types.ts";
