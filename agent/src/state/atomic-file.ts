import { open, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { codeOf } from "../errors.ts";

/**
 * Replaces a file so that a reader, or the next start after a power cut, finds the old content or the new one, whole.
 * With `durable` the new content is on the disk when the promise resolves; without `syncFolder` only the file is,
 * and its new name after {@link syncDirectory}.
 */
export async function replaceFile(
  file: string,
  content: string | Uint8Array,
  {
    mode = 0o600,
    durable = true,
    syncFolder = durable,
  }: { mode?: number; durable?: boolean; syncFolder?: boolean } = {},
): Promise<void> {
  const temporary = `${file}.tmp`;
  const handle = await open(temporary, "w", mode);
  try {
    try {
      await handle.writeFile(content);
      if (durable) await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, file);
  } catch (error) {
    // Half a file would keep on a full disk the little room that comes free.
    await rm(temporary, { force: true }).catch(() => {});
    throw error;
  }
  if (syncFolder) await syncDirectory(dirname(file));
}

/** Makes renames and deletions in a directory survive a power cut. Windows has no such call and needs none. */
export async function syncDirectory(directory: string): Promise<void> {
  let handle;
  try {
    handle = await open(directory, "r");
  } catch (error) {
    if (["EISDIR", "EPERM", "EACCES"].includes(codeOf(error) ?? "")) return;
    throw error;
  }
  try {
    await handle.sync();
  } catch (error) {
    if (!["EINVAL", "EPERM"].includes(codeOf(error) ?? "")) throw error;
  } finally {
    await handle.close();
  }
}
