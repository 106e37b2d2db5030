import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { DataDirInUseError, StorageUnavailableError } from "./errors.ts";
import { lockDataDir } from "./lock.ts";
import { identifyProcess } from "./process-identity.ts";

let dataDir: string;
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), "portolan-lock-"));
});
afterEach(() => rm(dataDir, { recursive: true }));

test("a second lock names the process that holds the first, and a released one is free", async () => {
  const lock = await lockDataDir(dataDir);
  const refusal = await lockDataDir(dataDir).catch((error: unknown) => error);
  expect(refusal).toBeInstanceOf(DataDirInUseError);
  expect(refusal).toMatchObject({ pid: process.pid });
  expect(String(refusal)).toContain(dataDir);
  await lock.release();
  await (await lockDataDir(dataDir)).release();
  expect(await readdir(dataDir)).toEqual(["collector.lock"]);
});

test("the lock of another live process stands, and is taken over once that is gone", async () => {
  const child = spawn(process.execPath, ["-e", "setTimeout(() => {}, 60000)"]);
  await once(child, "spawn");
  const path = join(dataDir, "collector.pid");
  await writeFile(path, JSON.stringify(identifyProcess(child.pid ?? 0)));
  await expect(lockDataDir(dataDir)).rejects.toMatchObject({ pid: child.pid });
  child.kill("SIGKILL");
  await once(child, "exit");
  const lock = await lockDataDir(dataDir);
  expect(JSON.parse(await readFile(path, "utf8"))).toMatchObject({ pid: process.pid });
  await lock.release();
});

test("a pid that now belongs to another process does not hold the lock", async () => {
  await writeFile(join(dataDir, "collector.pid"), JSON.stringify({ pid: process.pid, startTime: "1" }));
  await (await lockDataDir(dataDir)).release();
});

test("a lock file that nobody could have written whole is taken over", async () => {
  await writeFile(join(dataDir, "collector.pid"), "12");
  await (await lockDataDir(dataDir)).release();
});

test("of many that start at once over a stale lock, one gets it", async () => {
  await writeFile(join(dataDir, "collector.pid"), JSON.stringify({ pid: process.pid, startTime: "1" }));
  const script = `const { lockDataDir } = await import(${JSON.stringify(new URL("lock.ts", import.meta.url).href)});
    try { await lockDataDir(process.argv[1]); console.log("held"); } catch (error) { console.log(error.name); }
    process.stdin.resume();`;
  const children = Array.from({ length: 4 }, () =>
    spawn(process.execPath, ["--input-type=module", "-e", script, dataDir], { stdio: ["pipe", "pipe", "ignore"] }),
  );
  const words = await Promise.all(children.map(async (child) => String((await once(child.stdout, "data"))[0]).trim()));
  for (const child of children) child.kill("SIGKILL");
  expect(words.sort()).toEqual(["DataDirInUseError", "DataDirInUseError", "DataDirInUseError", "held"]);
});

test("a folder that can't be made is refused in one sentence", async () => {
  const file = join(dataDir, "file");
  await writeFile(file, "");
  await expect(lockDataDir(join(file, "data"))).rejects.toThrow(StorageUnavailableError);
});
