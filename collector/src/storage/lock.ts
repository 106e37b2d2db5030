import { readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { DataDirInUseError } from "./errors.ts";
import { makeDataDir } from "./make-data-dir.ts";
import { identifyProcess, isSameProcess } from "./process-identity.ts";
import { enterExclusiveSection } from "./sqlite/exclusive-section.ts";
import { asUnavailable } from "./sqlite/unavailable.ts";

const LOCK_FILE = "collector.pid";
const SECTION_FILE = "collector.lock";

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
  try {
    // Between looking and writing nobody else may look: two would take over the same stale lock.
    const leave = enterExclusiveSection(join(dataDir, SECTION_FILE));
    try {
      const found = await readOrUndefined(path);
      if (found !== undefined) refuseLive(found, dataDir);
      const mine = `${path}.new`;
      await writeFile(mine, content, { mode: 0o600 });
      await rename(mine, path);
    } finally {
      leave();
    }
  } catch (error) {
    if (error instanceof DataDirInUseError) throw error;
    throw asUnavailable(error, path);
  }
  return {
    async release() {
      if ((await readOrUndefined(path)) === content) await rm(path, { force: true });
    },
  };
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
