import { readFileSync, writeFileSync } from "node:fs";

const MIB = 1024 * 1024;

function field(pid: number, name: "VmHWM" | "VmRSS"): number {
  const match = new RegExp(`^${name}:\\s+(\\d+) kB`, "m").exec(readFileSync(`/proc/${pid}/status`, "utf8"));
  return (Number(match?.[1]) * 1024) / MIB;
}

/** Resident memory of a process from now on: `grownMiB` is its peak since, above what it has now. Linux, root (proc(5), clear_refs). */
export function watchPeakMemory(pid: number): { beforeMiB: number; grownMiB(): number } {
  const beforeMiB = field(pid, "VmRSS");
  writeFileSync(`/proc/${pid}/clear_refs`, "5");
  return { beforeMiB, grownMiB: () => field(pid, "VmHWM") - beforeMiB };
}
