export type { Draft } from "./delivery/report.ts";
export { createSender } from "./delivery/sender.ts";
export { openSpool } from "./delivery/spool.ts";
export { LIGHT_ENGINE_FLAGS } from "./light-engine.ts";
export { createSampler } from "./sampling/index.ts";
