import { link, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { DataDirInUseError } from "./errors.ts";
import { makeDataDir } from "./make-data-dir.ts";
import { identifyProcess, isSameProcess } from "./process-identity.ts";
import { asUnavailable } from "./sqlite/unavailable.ts";

const LOCK_FILE = "collector.pid";

const Holder = z.object({ pid: z.int().min(1), startTime: z.string().optional(), bootId: z.string().optional() });
type Holder = z.infer<typeof Holder>;

export interface DataDirLock {
  release(): Promise<void>;
}

/**
 * Makes sure that no two collectors of one machine share a data folder. A lock whose process is gone is taken over.
 * @throws DataDirInUseError with the pid of the collector that holds it
 * @throws StorageUnavailableError when the folder can't be written
 */
export async function lockDataDir(dataDir: string): Promise<DataDirLock> {
  await makeDataDir(dataDir);
  const path = join(dataDir, LOCK_FILE);
  const content = JSON.stringify(identifyProcess(process.pid));
  const mine = `${path}.${process.pid}`;
  try {
    await writeFile(mine, content, { mode: 0o600 });
    // link() fails where the name exists, and the file is never seen half written.
    while (!(await linked(mine, path))) await removeIfStale(path, dataDir);
  } catch (error) {
    throw asUnavailable(error, path);
  } finally {
    await rm(mine, { force: true });
  }
  return {
    async release() {
      if ((await readOrUndefined(path)) === content) await rm(path, { force: true });
    },
  };
}

async function removeIfStale(path: string, dataDir: string): Promise<void> {
  const found = await readOrUndefined(path);
  if (found === undefined) return;
  refuseLive(found, dataDir);
  // Somebody else may have taken the stale lock over meanwhile: what was moved away is looked at again, and put back.
  const aside = `${path}.stale.${process.pid}`;
  try {
    await rename(path, aside);
  } catch (error) {
    if (hasCode(error, "ENOENT")) return;
    throw error;
  }
  try {
    refuseLive((await readOrUndefined(aside)) ?? "", dataDir);
  } catch (error) {
    await linked(aside, path);
    throw error;
  } finally {
    await rm(aside, { force: true });
  }
}

function refuseLive(content: string, dataDir: string): void {
  const holder = parseHolder(content);
  if (holder && isSameProcess({ pid: holder.pid, ...present(holder) }))
    throw new DataDirInUseError(dataDir, holder.pid);
}

function present({ startTime, bootId }: Holder) {
  return { ...(startTime !== undefined && { startTime }), ...(bootId !== undefined && { bootId }) };
}

/** Undefined for what no collector wrote whole: such a lock is nobody's. */
function parseHolder(content: string): Holder | undefined {
  try {
    return Holder.safeParse(JSON.parse(content)).data;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

async function linked(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to);
    return true;
  } catch (error) {
    if (hasCode(error, "EEXIST")) return false;
    throw error;
  }
}

async function readOrUndefined(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if (hasCode(error, "ENOENT")) return undefined;
    throw error;
  }
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}
