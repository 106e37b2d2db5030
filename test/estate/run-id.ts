import { readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const PREFIX = "ptn";
const PATTERN = /^ptn-(\d+)-([0-9a-z]+)-(\d+)(?:-|$)/;

let runsOfThisProcess = 0;

/**
 * A name for one run: `ptn-<owner's pid>-<owner's start in clock ticks since boot, base 36>-<n>`. Every name that the
 * run leaves in the system begins with it, so that a later run can tell from the name alone whether the owner lives.
 * Pids are reused, hence the start time.
 */
export function newRunId(): string {
  runsOfThisProcess += 1;
  return `${PREFIX}-${process.pid}-${startTicks(process.pid) ?? "0"}-${runsOfThisProcess}`;
}

/** Where the run keeps what its hosts write. */
export function runDirectory(runId: string): string {
  return join(tmpdir(), runId);
}

/** The run that a network namespace or directory belongs to, when its owner is dead. */
export function deadRunOf(name: string): string | undefined {
  const match = PATTERN.exec(name);
  if (match?.[1] === undefined || match[2] === undefined) {
    return undefined;
  }
  const ownerLives = startTicks(Number(match[1])) === match[2];
  return ownerLives ? undefined : `${PREFIX}-${match[1]}-${match[2]}-${match[3]}`;
}

/** Field 22 of /proc/pid/stat, proc_pid_stat(5); counted from behind the name, which may hold spaces and parentheses. */
function startTicks(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    const ticks = stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19];
    return ticks === undefined ? undefined : Number(ticks).toString(36);
  } catch {
    return undefined;
  }
}
