import { mkdir } from "node:fs/promises";
import { asUnavailable } from "./sqlite/unavailable.ts";

/** The data folder holds secrets' hashes and the CA's key: nobody but its owner reads it. */
export async function makeDataDir(dataDir: string): Promise<void> {
  try {
    await mkdir(dataDir, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw asUnavailable(error, dataDir);
  }
}
