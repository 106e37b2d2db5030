import { spawnSync } from "node:child_process";
import { readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { LAB_PATH } from "./command.ts";
import { deadRunOf, runDirectory } from "./run-id.ts";

const NAMESPACES = "/run/netns";

/** Removes what runs left behind whose owner is dead: processes, network namespaces, directories. Returns their ids. */
export function sweepDeadRuns(): string[] {
  const names = [...list(NAMESPACES), ...list(tmpdir())];
  const dead = [...new Set(names.map(deadRunOf).filter((run) => run !== undefined))].sort();
  for (const run of dead) {
    removeRun(run);
  }
  return dead;
}

/**
 * Removes everything that carries the run's name. Synchronous, so that an exit handler can do it; the processes of
 * the hosts must have been told to die before, whatever still lives in the run's namespaces is killed.
 */
export function removeRun(runId: string): void {
  const namespaces = list(NAMESPACES).filter((name) => name.startsWith(`${runId}-`));
  for (const name of namespaces) {
    for (const pid of ip(["netns", "pids", name]).split("\n").filter(Boolean)) {
      try {
        process.kill(Number(pid), "SIGKILL");
      } catch {
        // Gone since the list was read.
      }
    }
  }
  if (namespaces.length > 0) {
    ip(["-force", "-batch", "-"], `${namespaces.map((name) => `netns delete ${name}`).join("\n")}\n`);
  }
  rmSync(runDirectory(runId), { recursive: true, force: true, maxRetries: 5 });
}

function ip(args: string[], input = ""): string {
  return spawnSync("ip", args, { input, encoding: "utf8", env: { PATH: LAB_PATH }, timeout: 30_000 }).stdout;
}

function list(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}
