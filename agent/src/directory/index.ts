import { UnsupportedPlatformError } from "../sampling/sampler.ts";
import type { DirectoryOptions, DirectoryReader } from "./directory-reader.ts";

/**
 * Reads whether and how this host belongs to an Active Directory domain. Only the operating system's own folder is loaded.
 *
 * @throws {UnsupportedPlatformError} where nobody knows how.
 */
export async function createDirectoryReader(options: DirectoryOptions = {}): Promise<DirectoryReader> {
  if (process.platform === "linux") {
    const linux = await import("./linux/index.ts");
    return linux.createDirectoryReader(options);
  }
  if (process.platform === "win32") {
    const windows = await import("./windows/index.ts");
    return windows.createDirectoryReader(options);
  }
  throw new UnsupportedPlatformError(
    `platform "${process.platform}": expected linux or win32, whose domain can be read`,
  );
}
