import type { Sampler } from "./sampler.ts";
import { UnsupportedPlatformError } from "./sampler.ts";

export interface SamplerOptions {
  /** Where the proc file system is mounted; fixtures can stand in. */
  procRoot?: string;
  passwdFile?: string;
  /** Milliseconds between samples that the caller means to keep; what exceeds them is reported as a gap. */
  expectedIntervalMs?: number;
  /** Node's name of the operating system; given only to try another one's answer. */
  platform?: string;
}

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
