import { readFileSync } from "node:fs";

/** Tells a process from a later one with the same pid; `startTime` is absent where there is no /proc. */
export interface ProcessIdentity {
  pid: number;
  /** Clock ticks since boot: field 22 of /proc/PID/stat (proc(5)). */
  startTime?: string;
  bootId?: string;
}

/** Undefined when no such process runs. */
export function identifyProcess(pid: number): ProcessIdentity | undefined {
  if (!isRunning(pid)) return undefined;
  const stat = readOrUndefined(`/proc/${pid}/stat`);
  // The second field, the name in brackets, may hold spaces and brackets itself.
  const startTime = stat?.slice(stat.lastIndexOf(")") + 2).split(" ")[19];
  const bootId = readOrUndefined("/proc/sys/kernel/random/boot_id")?.trim();
  return { pid, ...(startTime !== undefined && { startTime }), ...(bootId !== undefined && { bootId }) };
}

/** True while the very process that wrote the identity runs. */
export function isSameProcess(written: ProcessIdentity): boolean {
  const now = identifyProcess(written.pid);
  return now !== undefined && now.startTime === written.startTime && now.bootId === written.bootId;
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it runs as somebody else.
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}

function readOrUndefined(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}
