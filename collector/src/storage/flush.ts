import { open } from "node:fs/promises";

/** Of folders: Windows flushes none, and needs it for no name; one that may be written but not read can't be opened. */
const NOT_FLUSHED = new Set(["EPERM", "EISDIR", "EACCES"]);

/** Content of a file, or names in a folder, on the disk and not in a cache. */
export async function flush(path: string): Promise<void> {
  try {
    const handle = await open(path, "r+").catch(() => open(path, "r"));
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (!NOT_FLUSHED.has((error as NodeJS.ErrnoException).code ?? "")) throw error;
  }
}
