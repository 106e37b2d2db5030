export { createSampler } from "./sampling/index.ts";
