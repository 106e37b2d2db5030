import { accessSync, constants } from "node:fs";
import Sqlite from "better-sqlite3";
import { StorageTooNewError } from "../errors.ts";
import { APPLICATION_ID } from "./migrate.ts";
import { MIGRATIONS } from "./migrations/index.ts";
import { asUnavailable, unavailable } from "./unavailable.ts";

const BUSY_TIMEOUT_MS = 5000;
/** Before this version of the schema nobody told clones apart. */
const CLONES_SINCE = 3;
/** As many as tell a person where it is damaged. */
const MOST_PROBLEMS = 5;

export interface Inspection {
  /** Schema version of the file, and the newest that this program knows. */
  schema: { found: number; known: number };
  /** What SQLite's integrity check says; empty when nothing is wrong. */
  damage: string[];
  /** Tables with rows that point at nothing. */
  dangling: string[];
  /** Latest time that the collector itself wrote down; milliseconds since 1970 UTC. */
  latest: number | undefined;
  /** Hosts that reported within the last day before that with the identity of another. */
  clones: { name: string; cloneOf: string }[];
}

/**
 * Looks at a database without changing it, whether a collector runs on it or not.
 * @throws StorageUnavailableError when it can't be read or is not Portolan's
 * @throws StorageTooNewError when a later Portolan wrote it
 */
export function inspectDatabase(path: string): Inspection {
  let db: Sqlite.Database | undefined;
  try {
    accessSync(path, constants.R_OK);
    db = new Sqlite(path, { readonly: true, fileMustExist: true, timeout: BUSY_TIMEOUT_MS });
    if (Number(db.pragma("application_id", { simple: true })) !== APPLICATION_ID)
      throw unavailable("not_a_database", path);
    const found = Number(db.pragma("user_version", { simple: true }));
    const known = MIGRATIONS.at(-1)?.version ?? 0;
    if (found > known) throw new StorageTooNewError(path, found, known);
    const damage = damageOf(db);
    return { schema: { found, known }, damage, ...(damage.length > 0 ? NOT_READ : readRows(db, found)) };
  } catch (error) {
    throw asUnavailable(error, path);
  } finally {
    db?.close();
  }
}

/** What a damaged file says about its rows is worth nothing. */
const NOT_READ = { dangling: [], latest: undefined, clones: [] };
const DAY_MS = 86_400_000;

function damageOf(db: Sqlite.Database): string[] {
  const lines = db.prepare<[], string>(`PRAGMA integrity_check(${MOST_PROBLEMS})`).pluck().all();
  return lines.filter((line) => line !== "ok");
}

function clonesOf(db: Sqlite.Database, latest: number): Inspection["clones"] {
  return db
    .prepare<[number], Inspection["clones"][number]>(
      `SELECT clone.name, original.name AS cloneOf FROM host clone JOIN host original ON original.host_key = clone.clone_of
       WHERE clone.merged_into IS NULL AND clone.gone_at IS NULL AND clone.last_seen > ? ORDER BY clone.host_key`,
    )
    .all(latest - DAY_MS);
}

function readRows(db: Sqlite.Database, found: number): Omit<Inspection, "schema" | "damage"> {
  const rows = db.prepare<[], { table: string }>("PRAGMA foreign_key_check").all();
  const latest = db
    .prepare<[], number | null>(
      "SELECT max(coalesce((SELECT max(at) FROM audit), 0), coalesce((SELECT max(last_report_at) FROM agent), 0))",
    )
    .pluck()
    .get();
  return {
    dangling: [...new Set(rows.map((row) => row.table))].sort(),
    latest: latest || undefined,
    clones: found < CLONES_SINCE ? [] : clonesOf(db, latest ?? 0),
  };
}
