import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { CONTROL_GROUPS, removeControlGroups } from "../estate/control-groups.ts";

const PERIOD_MICROS = 100_000;
/** 3 % of one core. */
const QUOTA_MICROS = 3000;

/** This system's control groups give no share of the CPU. */
class NoCpuShareError extends Error {
  override name = "NoCpuShareError";
}

/**
 * Leaves the processes 3 % of one core between them for as long as `action` takes, by a control group named after the
 * run. They get back what they had, also when it throws.
 *
 * @throws {NoCpuShareError}
 */
export async function whileStarvedOfCpu(
  run: string,
  pids: readonly number[],
  action: () => Promise<void>,
): Promise<void> {
  // Version 1 has a hierarchy for the CPU alone, version 2 one for all.
  const ofCpu = join(CONTROL_GROUPS, "cpu");
  const hierarchy = existsSync(ofCpu) ? ofCpu : CONTROL_GROUPS;
  const before = pids.map((pid) => ({ pid, group: join(hierarchy, pathOf(pid, hierarchy === ofCpu ? "cpu" : "")) }));
  try {
    const group = makeGroup(hierarchy, run);
    for (const pid of pids) move(pid, group);
    await action();
  } finally {
    for (const { pid, group } of before) move(pid, group);
    await removeControlGroups(run);
  }
}

function makeGroup(hierarchy: string, run: string): string {
  const group = join(hierarchy, run);
  const limit = (name: string, value: string): void => writeFileSync(join(group, name), value);
  try {
    if (hierarchy === CONTROL_GROUPS) writeFileSync(join(hierarchy, "cgroup.subtree_control"), "+cpu");
    mkdirSync(group);
    if (hierarchy === CONTROL_GROUPS) limit("cpu.max", `${QUOTA_MICROS} ${PERIOD_MICROS}`);
    else {
      limit("cpu.cfs_period_us", String(PERIOD_MICROS));
      limit("cpu.cfs_quota_us", String(QUOTA_MICROS));
    }
    return group;
  } catch (cause) {
    throw new NoCpuShareError(`${group}: expected a control group with a share of the CPU`, { cause });
  }
}

/** cgroups(7): lines of `number:controllers:path`; version 2's line names no controller. */
function pathOf(pid: number, controller: string): string {
  const lines = readFileSync(`/proc/${pid}/cgroup`, "utf8").trim().split("\n");
  const line = lines.find((text) => (text.split(":")[1] ?? "").split(",").includes(controller));
  return line?.split(":").slice(2).join(":") ?? "/";
}

function move(pid: number, group: string): void {
  writeFileSync(join(group, "cgroup.procs"), String(pid));
}
