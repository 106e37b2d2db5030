export type { Draft } from "./delivery/report.ts";
export { createSender } from "./delivery/sender.ts";
export { openSpool } from "./delivery/spool.ts";
export { createFlowTable } from "./flows/flow-table.ts";
export { LIGHT_ENGINE_FLAGS } from "./light-engine.ts";
export { createSampler, prepareSources } from "./sampling/index.ts";
export { LIBRARY_FILE, LIBRARY_HASH_ASSET } from "./windows/library-file.ts";
export type { Snapshot } from "./sampling/sampler.ts";
