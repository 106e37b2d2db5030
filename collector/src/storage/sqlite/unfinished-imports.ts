import type { Database } from "./database.ts";

/** SQL: what is not shown yet. */
export const UNFINISHED = "(SELECT import_key FROM unfinished_import)";

/** Files that are being taken: their rows stand in the tables and are not shown. */
export function unfinishedImports(db: Database) {
  const keys = db.prepare<[], number>("SELECT import_key FROM unfinished_import").pluck();
  const begin = db.prepare<[number]>("INSERT INTO unfinished_import VALUES (?)");
  const showHosts = db.prepare<[number]>("DELETE FROM unfinished_host WHERE import_key = ?");
  const finish = db.prepare<[number]>("DELETE FROM unfinished_import WHERE import_key = ?");
  const hide = db.prepare<[number, number]>("INSERT INTO unfinished_host VALUES (?, ?)");
  const show = db.prepare<[number, number]>("DELETE FROM unfinished_host WHERE host_key = ? AND import_key <> ?");
  /** Whose rows are being written; 0 while it is nobody's that is unfinished. */
  let current = 0;
  return {
    keys: () => new Set(keys.all()),
    begin: (importKey: number) => void begin.run(importKey),
    /** All of it is shown from now on. */
    finish(importKey: number): void {
      showHosts.run(importKey);
      finish.run(importKey);
    },
    /** Does one part of a file's work. */
    within<T>(importKey: number, work: () => T): T {
      current = importKey;
      try {
        return work();
      } finally {
        current = 0;
      }
    },
    /** A host was made: it is shown when the file that named it is, or somebody else names it. */
    noteNewHost(hostKey: number): void {
      if (current !== 0) hide.run(hostKey, current);
    },
    noteKnownHost: (hostKey: number) => void show.run(hostKey, current),
  };
}

export type UnfinishedImports = ReturnType<typeof unfinishedImports>;
