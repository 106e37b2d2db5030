import { mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { DataDirInUseError, StorageTooNewError, StorageUnavailableError } from "./errors.ts";
import { lockDataDir } from "./lock.ts";
import { openStorage } from "./open.ts";
import { restoreDatabase } from "./restore.ts";
import { openDatabase } from "./sqlite/database.ts";

const actor = { kind: "system", id: "test" } as const;
const NOW = Date.parse("2026-11-21T07:00:00Z");

let dataDir: string;
let backup: string;
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), "portolan-restore-"));
  const storage = await openStorage({ dataDir });
  await storage.savePlan({ id: "before", createdAt: 0, document: {} }, actor);
  backup = await storage.makeBackup(NOW, actor);
  await storage.savePlan({ id: "after", createdAt: 0, document: {} }, actor);
  await storage.close();
});
afterEach(() => rm(dataDir, { recursive: true }));

async function plans(folder: string): Promise<string[]> {
  const storage = await openStorage({ dataDir: folder });
  const found = (await storage.listPlans()).map((plan) => plan.id);
  await storage.close();
  return found;
}

test("what was saved stands again, and the old database stays beside it, whole", async () => {
  const old = await restoreDatabase(backup, dataDir, NOW);
  expect(old).toBe(join(dataDir, "portolan.db.before-restore-20261121T070000Z"));
  expect(await plans(dataDir)).toEqual(["before"]);
  expect((await stat(join(dataDir, "portolan.db"))).mode & 0o777).toBe(0o600);
  const again = await mkdtemp(join(tmpdir(), "portolan-old-"));
  await writeFile(join(again, "portolan.db"), await readFile(old ?? ""));
  expect((await plans(again)).sort()).toEqual(["after", "before"]);
  await rm(again, { recursive: true });
});

test("commits that only the old database's log has stay with it, and never go into the restored one", async () => {
  // As a collector leaves it that is killed: a copy of both files while it has them open.
  const killed = await mkdtemp(join(tmpdir(), "portolan-killed-"));
  const kept = join(killed, "kept-backup.db");
  await writeFile(kept, await readFile(backup));
  const storage = await openStorage({ dataDir });
  await storage.savePlan({ id: "only in the log", createdAt: 0, document: {} }, actor);
  for (const name of ["portolan.db", "portolan.db-wal"])
    await writeFile(join(killed, name), await readFile(join(dataDir, name)));
  await storage.close();
  const old = await restoreDatabase(kept, killed, NOW);
  expect(await plans(killed)).toEqual(["before"]);
  const again = await mkdtemp(join(tmpdir(), "portolan-old-"));
  await writeFile(join(again, "portolan.db"), await readFile(old ?? ""));
  expect(await plans(again)).toContain("only in the log");
  for (const folder of [killed, again]) await rm(folder, { recursive: true });
});

test("a log that is none moves away with the old database", async () => {
  await writeFile(join(dataDir, "portolan.db"), "no database");
  await writeFile(join(dataDir, "portolan.db-wal"), "no log");
  const old = await restoreDatabase(backup, dataDir, NOW);
  expect(await readFile(`${old}-wal`, "utf8")).toBe("no log");
  expect(await readFile(old ?? "", "utf8")).toBe("no database");
  expect(await plans(dataDir)).toEqual(["before"]);
});

test("a damaged database gives way to a backup", async () => {
  const path = join(dataDir, "portolan.db");
  const bytes = await readFile(path);
  await writeFile(path, bytes.fill(7, 4096));
  const error: unknown = await openStorage({ dataDir }).catch((reason: unknown) => reason);
  expect(error).toMatchObject({ reason: "corrupt", message: expect.stringMatching(/doctor.*restore/) });
  await restoreDatabase(backup, dataDir, NOW);
  expect(await plans(dataDir)).toEqual(["before"]);
});

async function refused(type: new (...args: never[]) => Error, about: string): Promise<void> {
  const before = await readFile(join(dataDir, "portolan.db"));
  const names = await readdir(dataDir);
  const error: unknown = await restoreDatabase(backup, dataDir, NOW).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(type);
  expect((error as Error).message).toContain(about);
  expect(await readFile(join(dataDir, "portolan.db"))).toEqual(before);
  // The file that guards taking the folder over stays, empty.
  const known = new Set([...names, "collector.lock"]);
  expect((await readdir(dataDir)).filter((name) => !known.has(name))).toEqual([]);
}

test("a folder in use is refused", async () => {
  const lock = await lockDataDir(dataDir);
  await refused(DataDirInUseError, String(process.pid));
  await lock.release();
});

test("a backup of a later Portolan is refused", async () => {
  const db = openDatabase(backup);
  db.pragma("user_version = 99");
  db.pragma("journal_mode = DELETE");
  db.close();
  await refused(StorageTooNewError, backup);
});

test("a damaged backup is refused", async () => {
  const bytes = await readFile(backup);
  await writeFile(backup, bytes.subarray(0, bytes.length - 5 * 4096).fill(7, 8192, 12288));
  await refused(StorageUnavailableError, backup);
});

test("what is no backup, or not there, is refused", async () => {
  await writeFile(backup, "no database at all".repeat(100));
  await refused(StorageUnavailableError, backup);
  await rm(backup);
  await refused(StorageUnavailableError, backup);
});
