import type { Sampler, SamplerOptions, Tier } from "./sampler.ts";
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
  if (platform === "win32") {
    const windows = await import("./windows/index.ts");
    return windows.createSampler(options);
  }
  throw unsupported(platform);
}

/**
 * What this host's sources are, which of them work, and why the others don't.
 *
 * @param use names of those that the configuration allows
 * @throws {UnsupportedPlatformError} where there is none.
 */
export async function inspectTiers(options: SamplerOptions, use: readonly string[]): Promise<Tier[]> {
  const platform = options.platform ?? process.platform;
  if (platform === "linux") {
    const linux = await import("./linux/inspect.ts");
    return linux.inspectTiers(options, use);
  }
  if (platform === "win32") {
    const windows = await import("./windows/inspect.ts");
    return windows.inspectTiers(options, use);
  }
  throw unsupported(platform);
}

/**
 * Makes what only root can make, for an agent that is not, or takes it away again. Returns why it can't be had, where it
 * can't; the agent then goes on without.
 *
 * @throws {UnsupportedPlatformError} where nothing needs root.
 */
export async function prepareSources(options: SamplerOptions, remove: boolean): Promise<string | undefined> {
  const platform = options.platform ?? process.platform;
  if (platform === "linux") {
    const linux = await import("./linux/prepare.ts");
    return linux.prepareSources(options, remove);
  }
  throw new UnsupportedPlatformError(`platform "${platform}": expected linux, where a source needs to be prepared`);
}

function unsupported(platform: string): UnsupportedPlatformError {
  return new UnsupportedPlatformError(`platform "${platform}": expected linux or win32, the ones that can be sampled`);
}
