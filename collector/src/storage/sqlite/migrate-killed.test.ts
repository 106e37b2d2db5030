import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Sqlite from "better-sqlite3";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openStorage } from "../open.ts";
import { migrate } from "./migrate.ts";
import { MIGRATIONS } from "./migrations/index.ts";

// A real SIGKILL between any two statements of the newest step, on a database of the step before it that has rows. The
// next start finds the old version whole, or the new one, and goes on by itself.

const newest = MIGRATIONS.at(-1);
const before = MIGRATIONS.slice(0, -1);

let dataDir: string;
let path: string;
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), "portolan-migrate-"));
  path = join(dataDir, "portolan.db");
});
afterEach(() => rmSync(dataDir, { recursive: true }));

/** As an older Portolan left it, by the steps that it had; the rows are synthetic. */
function makeOld(): void {
  const db = new Sqlite(path);
  db.pragma("journal_mode = WAL");
  migrate(db, path, before);
  const add = db.prepare("INSERT INTO address (address) VALUES (?)");
  db.transaction(() => {
    for (let index = 0; index < 5000; index++) add.run(`10.0.${index >> 8}.${index & 255}`);
  })();
  db.close();
}

const KILLED_WHILE_MIGRATING = `
const { default: Sqlite } = await import(${JSON.stringify(import.meta.resolve("better-sqlite3"))});
const { openDatabase } = await import(${JSON.stringify(new URL("database.ts", import.meta.url).href)});
const killAt = Number(process.argv[2]);
let steps = 0;
const step = () => { if (steps++ === killAt) process.kill(process.pid, "SIGKILL"); };
const { exec, pragma } = Sqlite.prototype;
// The step's SQL one statement after the other, as SQLite itself runs it.
Sqlite.prototype.exec = function (sql) {
  if (!/\\b(CREATE|ALTER|DROP)\\b/.test(sql)) return exec.call(this, sql);
  for (const statement of sql.split(/;\\n/)) { exec.call(this, statement); step(); }
  return this;
};
Sqlite.prototype.pragma = function (text, ...rest) {
  const isMark = /^(application_id|user_version) =/.test(text);
  const result = pragma.call(this, text, ...rest);
  if (isMark) step();
  return result;
};
openDatabase(process.argv[1]).close();
console.log(steps);
`;

/** Opens, and so migrates, in a process of its own. Returns how it ended and how many steps it took. */
function migrateInChild(killAt: number): { signal: string | null; steps: number } {
  const args = ["--input-type=module", "-e", KILLED_WHILE_MIGRATING, path, String(killAt)];
  const { signal, stdout, stderr, status } = spawnSync(process.execPath, args, { encoding: "utf8", timeout: 20_000 });
  if (signal === null && status !== 0) throw new Error(stderr);
  return { signal, steps: Number(stdout) };
}

function look() {
  const db = new Sqlite(path);
  try {
    return {
      version: db.pragma("user_version", { simple: true }),
      integrity: db.pragma("integrity_check", { simple: true }),
      rows: db.prepare<[], number>("SELECT count(*) FROM address").pluck().get(),
      schema: db.prepare<[], string>("SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY name").pluck().all(),
    };
  } finally {
    db.close();
  }
}

test(
  "a migration that is killed leaves the old version whole, and the next start goes on",
  { timeout: 60_000 },
  async () => {
    makeOld();
    const old = look();
    const { steps } = migrateInChild(Infinity);
    const migrated = look();
    expect([old.version, migrated.version]).toEqual([before.at(-1)?.version, newest?.version]);
    expect(old.rows).toBeGreaterThan(5000);
    expect(migrated.rows).toBe(old.rows);
    expect(steps).toBeGreaterThan(4);
    for (let killAt = 0; killAt < steps; killAt++) {
      for (const ending of ["", "-wal", "-shm"]) rmSync(path + ending, { force: true });
      makeOld();
      expect([killAt, migrateInChild(killAt).signal]).toEqual([killAt, "SIGKILL"]);
      expect(look()).toEqual(old);
      await (await openStorage({ dataDir })).close();
      expect(look()).toEqual(migrated);
    }
  },
);
