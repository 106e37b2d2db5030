import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { AgentError, codeOf, messageOf } from "../errors.ts";
import { isWindows } from "../platform.ts";
import { holdFile, isHeld } from "../windows/held-file.ts";

interface Holder {
  pid: number;
  /** When the process started, as its system counts; tells a reused pid from the holder. Absent on Windows. */
  startTime?: string;
  bootId?: string;
}

/** The process that holds a lock file and still lives, if any. */
export function lockHolder(file: string): number | undefined {
  const holder = readHolder(file);
  if (holder === undefined) return undefined;
  return (isWindows() ? isHeld(file) : alive(holder)) ? holder.pid : undefined;
}

const MOST_ATTEMPTS = 5;
const BETWEEN_ATTEMPTS_MS = 20;

/**
 * Takes the lock that keeps a state directory to one `run`. A lock whose process is gone is taken over.
 *
 * @returns a function that gives it back.
 * @throws AgentError naming the pid that holds it.
 */
export function takeLock(file: string): () => void {
  return isWindows() ? takeByHandle(file) : takeByProcess(file);
}

/**
 * On Windows the kernel keeps the lock: a service's account may not open an administrator's process to see whether it
 * lives, and a pid that can't be opened would look like one that is gone.
 */
function takeByHandle(file: string): () => void {
  for (let attempt = 0; attempt < MOST_ATTEMPTS; attempt++) {
    const release = written(() => holdFile(file, JSON.stringify({ pid: process.pid })));
    if (release !== undefined) return release;
    // Whoever asks for the status holds it for a moment.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, BETWEEN_ATTEMPTS_MS);
  }
  throw heldBy(readHolder(file)?.pid);
}

function heldBy(pid: number | undefined): AgentError {
  return new AgentError(`another agent runs with this state directory: process ${pid ?? "unknown"}`);
}

function takeByProcess(file: string): () => void {
  const own = `${file}.${process.pid}`;
  try {
    written(() => writeFileSync(own, JSON.stringify(describe(process.pid)), { mode: 0o600 }));
    // link() fails when the name exists, and shows the content whole: no half-written lock can be read.
    for (let attempt = 0; attempt < MOST_ATTEMPTS; attempt++) {
      try {
        linkSync(own, file);
        return () => rmSync(file, { force: true });
      } catch (error) {
        if (codeOf(error) !== "EEXIST") throw error;
      }
      const pid = lockHolder(file);
      if (pid !== undefined) throw heldBy(pid);
      removeStale(file, own);
    }
    throw new AgentError(`the lock ${file} could not be taken: other agents start at the same time`);
  } finally {
    rmSync(own, { force: true });
  }
}

function written<Result>(write: () => Result): Result {
  try {
    return write();
  } catch (error) {
    throw new AgentError(`the state directory cannot be written: ${messageOf(error)}`, { cause: error });
  }
}

function removeStale(file: string, own: string): void {
  const aside = `${own}.stale`;
  try {
    renameSync(file, aside);
  } catch (error) {
    if (codeOf(error) === "ENOENT") return;
    throw error;
  }
  // Another starter may have taken the lock between our look and our rename: give it back to it.
  if (lockHolder(aside) !== undefined) renameSync(aside, file);
  else rmSync(aside, { force: true });
}

function readHolder(file: string): Holder | undefined {
  let content: unknown;
  try {
    content = JSON.parse(readFileSync(file, "utf8"));
  } catch {
    return undefined;
  }
  if (typeof content !== "object" || content === null || !("pid" in content)) return undefined;
  if (typeof content.pid !== "number") return undefined;
  const holder: Holder = { pid: content.pid };
  if ("startTime" in content && typeof content.startTime === "string") holder.startTime = content.startTime;
  if ("bootId" in content && typeof content.bootId === "string") holder.bootId = content.bootId;
  return holder;
}

function alive(holder: Holder): boolean {
  try {
    process.kill(holder.pid, 0);
  } catch (error) {
    if (codeOf(error) !== "EPERM") return false;
  }
  const now = describe(holder.pid);
  return now.startTime === holder.startTime && now.bootId === holder.bootId;
}

function describe(pid: number): Holder {
  try {
    // Field 22 of proc(5)'s stat; the name in field 2 may hold spaces and brackets, so count from its end.
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const startTime = stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19];
    const bootId = readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
    return startTime === undefined ? { pid } : { pid, startTime, bootId };
  } catch {
    return { pid };
  }
}
