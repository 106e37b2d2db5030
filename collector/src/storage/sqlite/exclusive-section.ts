import Database from "better-sqlite3";

/** Longer than anybody stays inside. */
const WAIT_MS = 5000;

/**
 * Enters a section that one process of this machine is in at a time, and returns how to leave it. The kernel guards it
 * through SQLite's lock on an empty file, and ends it with the process: nothing stale is ever left. The file stays,
 * because who removed it could remove what another has just locked.
 */
export function enterExclusiveSection(path: string): () => void {
  const database = new Database(path, { timeout: WAIT_MS });
  try {
    database.exec("BEGIN EXCLUSIVE");
  } catch (error) {
    database.close();
    throw error;
  }
  return () => database.close();
}
