import { join } from "node:path";
import type { MessagePort } from "node:worker_threads";
import { makeDataDir } from "./make-data-dir.ts";
import { openDatabase } from "./sqlite/database.ts";
import { sqliteStorage } from "./sqlite/sqlite-storage.ts";
import type { Storage } from "./storage.ts";
import { storageBeside, threadedStorage } from "./threads/threaded-storage.ts";
import type { ThreadedStorage } from "./threads/threaded-storage.ts";

export const DATABASE_FILE = "portolan.db";

export interface StorageOptions {
  /** Made, readable by its owner only, when it does not exist. */
  dataDir: string;
  /** Time of audit entries whose call carries none; milliseconds since 1970 UTC. */
  now?: () => number;
}

/**
 * As openStorage, with a thread of its own that writes: reports that wait together are committed together, and the
 * caller's thread never waits for the disk. Reads run on the caller's thread, beside the writing.
 * @throws the same errors
 */
export async function openThreadedStorage({ dataDir, now = Date.now }: StorageOptions): Promise<ThreadedStorage> {
  await makeDataDir(dataDir);
  return threadedStorage(join(dataDir, DATABASE_FILE), now);
}

/**
 * Opens the store in a folder, on the caller's thread, and checks it: schema version, integrity, room for a write.
 * @throws StorageUnavailableError when folder or database can't be used: not writable, full, damaged, not Portolan's
 * @throws StorageTooNewError when a later Portolan wrote it
 */
export async function openStorage({ dataDir, now = Date.now }: StorageOptions): Promise<Storage> {
  await makeDataDir(dataDir);
  const path = join(dataDir, DATABASE_FILE);
  return sqliteStorage(openDatabase(path), path, now);
}

/** A store that another thread opened with openThreadedStorage; the port is from its `connect`. */
export function openStorageBeside(port: MessagePort, { dataDir, now = Date.now }: StorageOptions): Storage {
  return storageBeside(join(dataDir, DATABASE_FILE), port, now);
}
