import { spawn, spawnSync } from "node:child_process";
import { mkdirSync, readFileSync } from "node:fs";
import { basename } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { LAB_PATH } from "../estate/command.ts";
import { controlGroups, removeControlGroups } from "../estate/control-groups.ts";
import { deadRunOf } from "../estate/run-id.ts";
import { type ExecResult, runToEnd } from "../estate/host-process.ts";

const INIT = fileURLToPath(new URL("machine-init.sh", import.meta.url));
/** Inside a machine: where root's files are, and where a shell begins. */
export const MACHINE_HOME = "/root";
const ENV = { PATH: LAB_PATH, HOME: MACHINE_HOME, LANG: "C.UTF-8", TZ: "UTC" };
const BOOT_MS = 60_000;

/** systemd did not come up, or a command in its machine failed. */
class MachineError extends Error {
  override name = "MachineError";
}

/** A container in which systemd is pid 1, over a throw-away copy of this machine's root. */
export interface Machine {
  /** Writes a file there. */
  put(name: string, content: Buffer | string): void;
  /** Runs a shell script as root in {@link MACHINE_HOME} and returns what it prints; throws {@link MachineError} unless it exits 0. */
  shell(script: string): Promise<string>;
  /** Ends it with everything in it, and removes its control groups. */
  close(): Promise<void>;
}

/** Boots one, in a network namespace of that name. `folder` is made. */
export async function bootMachine(run: string, folder: string, networkNamespace: string): Promise<Machine> {
  await sweepDeadMachines();
  mkdirSync(folder, { recursive: true });
  const own = ["--pdeathsig", "KILL", "unshare", "--mount", "--pid", "--mount-proc", "--fork", "--kill-child"];
  const init = ["bash", INIT, run, folder, `/run/netns/${networkNamespace}`];
  const outer = spawn("setpriv", [...own, ...init], { stdio: ["ignore", "pipe", "pipe"], env: ENV, cwd: "/" });
  let said = "";
  for (const stream of [outer.stdout, outer.stderr]) stream.on("data", (piece: Buffer) => (said += piece.toString()));
  const ended = new Promise<void>((resolve) => outer.once("close", () => resolve()));
  let systemd = 0;

  async function exec(argv: string[], input = ""): Promise<ExecResult> {
    const enter = ["nsenter", "--target", String(systemd), "--all", "env", `--chdir=${MACHINE_HOME}`, ...argv];
    return runToEnd(enter, ENV, { input, timeoutMs: 90_000 });
  }
  async function shell(script: string): Promise<string> {
    const done = await exec(["bash", "--norc", "-euo", "pipefail", "-s"], script);
    if (done.code !== 0) throw new MachineError(`${script}\n${done.stdout}${done.stderr}`);
    return done.stdout;
  }
  async function close(): Promise<void> {
    outer.kill("SIGKILL");
    await ended;
    await removeControlGroups(run);
  }

  try {
    const end = Date.now() + BOOT_MS;
    while ((systemd = systemdBelow(outer.pid ?? 0)) === 0) {
      if (Date.now() > end || outer.exitCode !== null) throw new MachineError(`systemd did not start: ${said}`);
      await sleep(50);
    }
    while ((await exec(["systemctl", "is-active", "--quiet", "basic.target"])).code !== 0) {
      if (Date.now() > end || outer.exitCode !== null) throw new MachineError(`systemd did not come up: ${said}`);
      await sleep(100);
    }
    await shell(WRITABLE_CONTROLLERS);
  } catch (error) {
    await close();
    throw error;
  }
  return {
    put(name, content) {
      const enter = ["--target", String(systemd), "--all", "tee", name];
      const stdio = ["pipe", "ignore", "pipe"] as const;
      const done = spawnSync("nsenter", enter, { env: ENV, input: content, timeout: 30_000, stdio: [...stdio] });
      if (done.status !== 0) throw new MachineError(`${name}: ${done.stderr.toString()}`);
    },
    shell,
    close,
  };
}

/** nspawn mounts the controllers of control groups' version 1 read-only, and systemd looks at them when it starts. */
const WRITABLE_CONTROLLERS = `
for controller in cpu cpuacct memory pids; do
  if [ -e /sys/fs/cgroup/$controller/cgroup.procs ]; then
    mount -o remount,bind,rw "$(readlink -f /sys/fs/cgroup/$controller)"
    again=yes
  fi
done
if [ "\${again:-}" = yes ]; then systemctl daemon-reexec; fi`;

/** nspawn's child, once it is systemd; 0 before. */
function systemdBelow(pid: number): number {
  for (const nspawn of childrenOf(pid)) {
    const found = childrenOf(nspawn).find((child) => read(`/proc/${child}/comm`) === "systemd");
    if (found !== undefined) return found;
  }
  return 0;
}

function childrenOf(pid: number): number[] {
  return read(`/proc/${pid}/task/${pid}/children`).split(" ").filter(Boolean).map(Number);
}

function read(file: string): string {
  try {
    return readFileSync(file, "latin1").trim();
  } catch {
    return "";
  }
}

/** What killed test runs left behind; all else ended with them. */
async function sweepDeadMachines(): Promise<void> {
  const groups = controlGroups("ptn-*").map((path) => basename(path));
  const instances = inTracing('ls "$0"', "instances").split("\n");
  const dead = new Set([...groups, ...instances].map(deadRunOf).filter((run) => run !== undefined));
  for (const run of dead) {
    removeTracingOf(run);
    await removeControlGroups(run);
  }
}

/** Removes a tracing instance that a machine left in the kernel, which outlives it. */
export function removeTracingOf(run: string): void {
  inTracing('cd "instances/$0" && echo 0 >events/enable && cd .. && rmdir "$0"', run);
}

/** Runs a script in tracefs, which is mounted for it alone. */
function inTracing(script: string, argument: string): string {
  const mounted = `mount -t tracefs tracefs /sys/kernel/tracing && cd /sys/kernel/tracing && ${script}`;
  const options = { env: ENV, encoding: "utf8", timeout: 10_000 } as const;
  return spawnSync("unshare", ["--mount", "sh", "-c", mounted, argument], options).stdout;
}

/** The shell blocks of a chapter of docs/install.md, in order: what a reader would type. */
export function stepsOf(chapter: string): string[] {
  const guide = readFileSync(new URL("../../docs/install.md", import.meta.url), "utf8");
  const text = guide.split(/^## /m).find((part) => part.startsWith(chapter)) ?? "";
  const steps = [...text.matchAll(/^```sh\n(?<step>.*?)^```$/gms)].map((match) => match.groups?.["step"] ?? "");
  if (steps.length === 0) throw new MachineError(`docs/install.md has no steps under "${chapter}"`);
  return steps;
}
