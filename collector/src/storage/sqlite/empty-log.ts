import { closeSync, openSync, readSync } from "node:fs";
import Sqlite from "better-sqlite3";

/**
 * Takes what stands in a database's write-ahead log into the database itself, so that the file alone holds everything.
 * Does nothing where it can't: what is damaged stays as it is.
 */
export function emptyWriteAheadLog(path: string): void {
  // SQLite deletes a log beside what is no database of its own.
  if (!isDatabase(path)) return;
  try {
    const db = new Sqlite(path, { fileMustExist: true });
    try {
      db.pragma("wal_checkpoint(TRUNCATE)");
    } finally {
      db.close();
    }
  } catch (error) {
    if (!(error instanceof Sqlite.SqliteError)) throw error;
  }
}

/** https://www.sqlite.org/fileformat.html, 1.3: a database begins with these bytes. */
const MAGIC = "SQLite format 3\0";

function isDatabase(path: string): boolean {
  const file = openSync(path, "r");
  try {
    const head = Buffer.alloc(MAGIC.length);
    readSync(file, head, 0, head.length, 0);
    return head.toString("latin1") === MAGIC;
  } finally {
    closeSync(file);
  }
}
