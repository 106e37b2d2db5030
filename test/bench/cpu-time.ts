import { readdirSync, readFileSync } from "node:fs";

/** CPU time of all threads of a process so far; schedstat counts nanoseconds where stat counts in ticks of 10 ms. */
export function cpuSecondsOf(pid: number): number {
  return readdirSync(`/proc/${pid}/task`).reduce((sum, thread) => {
    const [nanoseconds = "0"] = readFileSync(`/proc/${pid}/task/${thread}/schedstat`, "utf8").split(" ");
    return sum + Number(nanoseconds) / 1e9;
  }, 0);
}
