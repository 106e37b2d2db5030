import { join } from "node:path";
import { makeDataDir } from "./make-data-dir.ts";
import { openDatabase } from "./sqlite/database.ts";
import { sqliteStorage } from "./sqlite/sqlite-storage.ts";
import type { Storage } from "./storage.ts";

export const DATABASE_FILE = "portolan.db";

export interface StorageOptions {
  /** Made, readable by its owner only, when it does not exist. */
  dataDir: string;
  /** Time of audit entries whose call carries none; milliseconds since 1970 UTC. */
  now?: () => number;
}

/**
 * Opens the store in a folder and checks it: schema version, integrity, room for a write.
 * @throws StorageUnavailableError when folder or database can't be used: not writable, full, damaged, not Portolan's
 * @throws StorageTooNewError when a later Portolan wrote it
 */
export async function openStorage({ dataDir, now = Date.now }: StorageOptions): Promise<Storage> {
  await makeDataDir(dataDir);
  const path = join(dataDir, DATABASE_FILE);
  return sqliteStorage(openDatabase(path), path, now);
}
