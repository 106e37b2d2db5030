import type { Database } from "better-sqlite3";
import { StorageTooNewError } from "../errors.ts";
import { MIGRATIONS } from "./migrations/index.ts";
import type { Migration } from "./migrations/migration.ts";
import { unavailable } from "./unavailable.ts";

/** "PTLN": marks the file as Portolan's (https://sqlite.org/pragma.html#pragma_application_id). */
export const APPLICATION_ID = 0x50544c4e;

/**
 * Brings the schema up to date; each step commits whole or not at all.
 * @throws StorageTooNewError when the file has steps that this program doesn't know
 * @throws StorageUnavailableError when it is some other program's database
 */
export function migrate(db: Database, path: string, migrations: readonly Migration[] = MIGRATIONS): void {
  const found = Number(db.pragma("user_version", { simple: true }));
  const owner = Number(db.pragma("application_id", { simple: true }));
  const isEmpty = db.prepare("SELECT 1 FROM sqlite_schema LIMIT 1").get() === undefined;
  if (owner !== APPLICATION_ID && !isEmpty) throw unavailable("not_a_database", path);
  const known = migrations.at(-1)?.version ?? 0;
  if (found > known) throw new StorageTooNewError(path, found, known);
  for (const migration of migrations.filter((step) => step.version > found)) {
    db.transaction(() => {
      db.exec(migration.sql);
      db.pragma(`application_id = ${APPLICATION_ID}`);
      db.pragma(`user_version = ${migration.version}`);
    }).immediate();
  }
}
