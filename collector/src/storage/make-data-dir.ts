import { mkdir, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { flush } from "./flush.ts";
import { asUnavailable } from "./sqlite/unavailable.ts";

/** The data folder holds secrets' hashes and the CA's key: nobody but its owner reads it. */
export async function makeDataDir(dataDir: string): Promise<void> {
  try {
    await makeFolder(dataDir);
  } catch (error) {
    throw asUnavailable(error, dataDir);
  }
}

/** As `mkdir` with `recursive`, which in Node 24 never returns where a folder can't hold another (/proc). */
async function makeFolder(path: string): Promise<void> {
  const isFolder = (await stat(path).catch(() => undefined))?.isDirectory() ?? false;
  if (isFolder) return;
  const parent = dirname(path);
  if (parent !== path) await makeFolder(parent);
  await mkdir(path, { mode: 0o700 });
  // What SQLite syncs within it is lost with the folder's own name.
  await flush(parent);
}
