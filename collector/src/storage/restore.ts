import { constants } from "node:fs";
import { access, chmod, copyFile, link, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { StorageTooNewError, StorageUnavailableError } from "./errors.ts";
import { flush } from "./flush.ts";
import { lockDataDir } from "./lock.ts";
import { DATABASE_FILE } from "./open.ts";
import { emptyWriteAheadLog } from "./sqlite/empty-log.ts";
import { inspectDatabase } from "./sqlite/inspect.ts";
import { asUnavailable } from "./sqlite/unavailable.ts";

/** What SQLite keeps beside a database: without them the last commits before a crash are gone. */
const COMPANIONS = ["-wal", "-shm"];

async function exists(path: string): Promise<boolean> {
  return access(path, constants.F_OK).then(
    () => true,
    () => false,
  );
}

async function isReadableFile(path: string): Promise<boolean> {
  return access(path, constants.R_OK)
    .then(() => stat(path))
    .then(
      (found) => found.isFile(),
      () => false,
    );
}

function named(error: StorageUnavailableError | StorageTooNewError, path: string, shown: string) {
  if (error instanceof StorageTooNewError) return new StorageTooNewError(shown, error.found, error.known);
  return new StorageUnavailableError(error.reason, error.message.replace(path, shown), error.cause);
}

/**
 * Puts a backup in the place of a folder's database. The old one stays beside it, whole: nothing is deleted. The backup
 * is copied and checked before anything moves.
 * @returns path of the old database; undefined where there was none
 * @throws DataDirInUseError while a collector runs there
 * @throws StorageUnavailableError, StorageTooNewError when the backup is damaged, not Portolan's, or of a later version
 */
export async function restoreDatabase(backup: string, dataDir: string, now: number): Promise<string | undefined> {
  const target = join(dataDir, DATABASE_FILE);
  const incoming = `${target}.restoring`;
  // Before the folder is made: a wrong file name should leave nothing behind.
  if (!(await isReadableFile(backup))) throw new StorageUnavailableError("unreadable", `${backup} can't be read.`);
  const lock = await lockDataDir(dataDir);
  try {
    await copyFile(backup, incoming);
    await chmod(incoming, 0o600);
    const { damage, dangling } = inspectDatabase(incoming);
    if (damage.length > 0 || dangling.length > 0)
      throw new StorageUnavailableError("corrupt", `${backup} is damaged: ${[...damage, ...dangling].join("; ")}.`);
    await flush(incoming);
    const stamp = new Date(now).toISOString().replaceAll(/[-:]|\.\d+/g, "");
    const old = `${target}.before-restore-${stamp}`;
    const hadOne = await exists(target);
    if (hadOne) {
      // Whatever ends this on its way, the folder has a database, whole: a second name first, then one rename.
      emptyWriteAheadLog(target);
      await link(target, old).catch(() => rename(target, old));
    }
    for (const ending of COMPANIONS)
      if (await exists(target + ending)) await rename(target + ending, hadOne ? old + ending : `${old}-lone${ending}`);
    await rename(incoming, target);
    await flush(dataDir);
    return hadOne ? old : undefined;
  } catch (error) {
    // What is wrong with the copy is wrong with the backup, and that is the name people know.
    const about = error instanceof StorageUnavailableError || error instanceof StorageTooNewError;
    throw about ? named(error, incoming, backup) : asUnavailable(error, target);
  } finally {
    for (const ending of ["", ...COMPANIONS]) await rm(incoming + ending, { force: true });
    await lock.release();
  }
}
