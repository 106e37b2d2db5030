import type { Sampler, SamplerOptions } from "./sampler.ts";
import { UnsupportedPlatformError } from "./sampler.ts";

/**
 * The sampler of this operating system. Only its own folder is loaded.
 *
 * @throws {UnsupportedPlatformError} where there is none.
 */
export async function createSampler(options: SamplerOptions = {}): Promise<Sampler> {
  const platform = options.platform ?? process.platform;
  if (platform === "linux") {
    const linux = await import("./linux/index.ts");
    return linux.createSampler(options);
  }
  throw new UnsupportedPlatformError(`platform "${platform}": expected linux, the only one that can be sampled so far`);
}
