import { spawnSync } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";

/** Where systemd and everybody else mounts them, cgroups(7). */
export const CONTROL_GROUPS = "/sys/fs/cgroup";

/** Paths of the control groups of that name, in every hierarchy; `*` stands for anything. */
export function controlGroups(name: string): string[] {
  const { stdout } = spawnSync("find", [CONTROL_GROUPS, "-type", "d", "-name", name], { encoding: "utf8" });
  return stdout.split("\n").filter(Boolean);
}

/** Removes those of a run once their last process is gone, which may be a moment after whoever started it. */
export async function removeControlGroups(run: string): Promise<void> {
  for (let attempt = 0; attempt < 50; attempt += 1) {
    const groups = controlGroups(run);
    if (groups.length === 0) return;
    for (const group of groups) {
      spawnSync("find", [group, "-depth", "-type", "d", "-exec", "rmdir", "{}", ";"], { stdio: "ignore" });
    }
    await sleep(100);
  }
}
