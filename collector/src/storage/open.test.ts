import { execFile } from "node:child_process";
import { chmod, mkdir, mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, expect, test } from "vitest";
import { StorageTooNewError, StorageUnavailableError } from "./errors.ts";
import { openStorage } from "./open.ts";
import { openDatabase } from "./sqlite/database.ts";

const run = promisify(execFile);

let parent: string;
beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), "portolan-open-"));
});
afterEach(() => rm(parent, { recursive: true }));

const IMPORT = `const { openStorage } = await import(${JSON.stringify(new URL("open.ts", import.meta.url).href)});`;

async function inChild(script: string): Promise<string> {
  return (await run(process.execPath, ["--input-type=module", "-e", script, parent])).stdout.trim();
}

const isRoot = process.getuid?.() === 0;

test("the folder is made for its owner only", async () => {
  const dataDir = join(parent, "new", "data");
  await (await openStorage({ dataDir })).close();
  expect((await stat(dataDir)).mode & 0o777).toBe(0o700);
  expect((await stat(join(dataDir, "portolan.db"))).isFile()).toBe(true);
});

test("commits reach the disk before they return", async () => {
  const db = openDatabase(join(parent, "portolan.db"));
  expect(db.pragma("journal_mode", { simple: true })).toBe("wal");
  expect(db.pragma("synchronous", { simple: true })).toBe(2);
  expect(db.pragma("foreign_keys", { simple: true })).toBe(1);
  db.close();
});

async function refusal(dataDir: string): Promise<StorageUnavailableError> {
  const error = await openStorage({ dataDir }).catch((reason: unknown) => reason);
  if (!(error instanceof StorageUnavailableError)) throw new Error(`opened, or failed as ${String(error)}`);
  expect(error.message).toMatch(/^[^\n]*\.$/);
  expect(error.message).toContain(dataDir);
  return error;
}

test("a folder that can't be is unreadable", async () => {
  const file = join(parent, "file");
  await writeFile(file, "");
  expect((await refusal(join(file, "data"))).reason).toBe("unreadable");
});

test("a file that is no database is told from another program's", async () => {
  const path = join(parent, "portolan.db");
  await writeFile(path, "neither SQLite nor anything else, but long enough to have a header".repeat(20));
  expect((await refusal(parent)).reason).toBe("not_a_database");
  await rm(path);
  const db = openDatabase(path);
  db.pragma("application_id = 7");
  db.close();
  expect((await refusal(parent)).reason).toBe("not_a_database");
});

test("a damaged database is corrupt", async () => {
  const path = join(parent, "portolan.db");
  await (await openStorage({ dataDir: parent })).close();
  const { size } = await stat(path);
  await run("dd", ["if=/dev/urandom", `of=${path}`, "bs=4096", "seek=1", `count=${size / 4096 - 1}`, "conv=notrunc"]);
  expect((await refusal(parent)).reason).toBe("corrupt");
});

test("rows that point at nothing are corruption", async () => {
  const path = join(parent, "portolan.db");
  const db = openDatabase(path);
  db.pragma("foreign_keys = OFF");
  db.exec("INSERT INTO host (site_key, managed, name, name_key, short_key) VALUES (77, 1, 'a', 'a', 'a')");
  db.close();
  expect((await refusal(parent)).reason).toBe("corrupt");
});

test("a database of a later Portolan is refused with the version it needs", async () => {
  const db = openDatabase(join(parent, "portolan.db"));
  db.pragma("user_version = 99");
  db.close();
  const error: unknown = await openStorage({ dataDir: parent }).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(StorageTooNewError);
  expect(error).toMatchObject({ found: 99, message: expect.stringContaining("99") });
});

test("a folder of somebody else's is unreadable", async () => {
  if (!isRoot) {
    await chmod(parent, 0o500);
    expect((await refusal(parent)).reason).toBe("unreadable");
    await chmod(parent, 0o700);
    return;
  }
  // Root reads everything: the child becomes nobody, once its modules are loaded.
  const script = `${IMPORT} await (await openStorage({ dataDir: process.argv[1] + "/mine" })).close();
    process.setgid(65534); process.setuid(65534);
    await openStorage({ dataDir: process.argv[1] }).catch((error) => console.log(error.reason));`;
  expect(await inChild(script)).toBe("unreadable");
});

/** Runs a script of this module's in a mount namespace whose `parent` is a disk of that size. */
async function onSmallDisk(size: string, script: string): Promise<string> {
  const mounted = `mount -t tmpfs -o size=${size} tmpfs "$3" && exec "$1" --input-type=module -e "$2" "$3"`;
  const { stdout } = await run("unshare", ["-m", "sh", "-c", mounted, "sh", process.execPath, IMPORT + script, parent]);
  return stdout.trim();
}

test.skipIf(!isRoot)("a full disk is said in one sentence at start (needs root to mount a small one)", async () => {
  const script = `await openStorage({ dataDir: process.argv[1] }).catch((error) => console.log(error.reason));`;
  expect(await onSmallDisk("64k", script)).toBe("full");
});

test.skipIf(!isRoot)("so it is of a store that was there before the disk was full (needs root)", async () => {
  const script = `const { writeFileSync } = await import("node:fs");
    const dataDir = process.argv[1];
    await (await openStorage({ dataDir })).close();
    try { writeFileSync(dataDir + "/filler", Buffer.alloc(4 << 20)); } catch {}
    await openStorage({ dataDir }).catch((error) => console.log(error.reason, error.message));`;
  expect(await onSmallDisk("2m", script)).toMatch(/^full The disk that holds .* is full\.$/);
});

test.skipIf(!isRoot)("a disk that fills up while it runs loses nothing that was answered (needs root)", async () => {
  const script = `
    const open = () => openStorage({ dataDir: process.argv[1] });
    const actor = { kind: "system", id: "test" };
    let storage = await open();
    let saved = 0;
    const document = "x".repeat(2000);
    const fill = (async () => {
      for (;;) { await storage.savePlan({ id: "p" + saved, createdAt: saved, document }, actor); saved += 1; }
    })();
    const reason = await fill.catch((error) => error.reason);
    const kept = await storage.listPlans();
    console.log(reason, saved > 10, kept.length === saved);`;
  expect(await onSmallDisk("2m", script)).toBe("full true true");
});

test("the database is its owner's only, also in a folder that others may enter", async () => {
  await chmod(parent, 0o755);
  const storage = await openStorage({ dataDir: parent });
  for (const name of ["portolan.db", "portolan.db-wal", "portolan.db-shm"])
    expect([name, (await stat(join(parent, name))).mode & 0o777]).toEqual([name, 0o600]);
  await storage.close();
});

test("a backup that nobody took away, because the collector was killed, goes at the next start", async () => {
  const storage = await openStorage({ dataDir: parent });
  const copy = await storage.makeBackup(0, { kind: "system", id: "test" });
  await storage.close();
  expect((await stat(copy)).isFile()).toBe(true);
  await (await openStorage({ dataDir: parent })).close();
  await expect(stat(copy)).rejects.toMatchObject({ code: "ENOENT" });
});

test("a folder where the database should be is unreadable", async () => {
  await mkdir(join(parent, "portolan.db"));
  expect((await refusal(parent)).reason).toBe("unreadable");
});
