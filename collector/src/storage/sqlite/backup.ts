import { closeSync, openSync, readdirSync, rmSync } from "node:fs";
import { rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import type { Database } from "better-sqlite3";

const ENDING = ".backup-";

/** About 2 MB a step: what is written through this connection meanwhile goes into the copy too, and waits this long at most. */
const PAGES_A_STEP = 500;

/**
 * A copy of the database as it is when the last page is taken, beside it, readable by its owner only; writing goes on
 * meanwhile. Through the connection that writes, or each commit would start the copy anew
 * (https://sqlite.org/backup.html).
 */
export async function backupDatabase(db: Database, path: string, at: number): Promise<string> {
  const copy = `${path}${ENDING}${at}-${process.pid}`;
  try {
    closeSync(openSync(copy, "wx", 0o600));
    await db.backup(copy, { progress: () => PAGES_A_STEP });
    return copy;
  } catch (error) {
    await rm(copy, { force: true });
    throw error;
  }
}

/** Copies that nobody took away, because the collector was killed. Only while nobody else has the database open. */
export function removeLeftBackups(path: string): void {
  const folder = dirname(path);
  for (const name of readdirSync(folder))
    if (name.startsWith(`${basename(path)}${ENDING}`)) rmSync(join(folder, name), { force: true });
}
