import { closeHandle, creationTime, openProcess } from "./processes.ts";

/**
 * When a process was made, in 100 ns since 1601 UTC: with its pid it is one of a kind, as Windows gives pids again soon.
 * Undefined where there is no such process, or one of another account, which this one may not open.
 */
export function processStart(pid: number): string | undefined {
  const process = openProcess(pid);
  if (Number(process) === 0) return undefined;
  try {
    return creationTime(process)?.toString();
  } finally {
    closeHandle(process);
  }
}
