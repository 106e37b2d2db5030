export { LIGHT_ENGINE_FLAGS } from "./light-engine.ts";
export { createSampler } from "./sampling/index.ts";
