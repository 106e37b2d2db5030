import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, mkdirSync, openSync, readFileSync, writeFileSync } from "node:fs";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { LAB_PATH } from "./command.ts";
import { type HostProcess, type ExecResult, runToEnd, startProcess } from "./host-process.ts";
import type { HostPlan } from "./plan.ts";

const INIT = fileURLToPath(new URL("host-init.sh", import.meta.url));
/** Besides the network namespace, which has a name of its own. */
const OWN_NAMESPACES = ["--mount", "--uts", "--ipc", "--pid"];
/** State column of /proc/net/tcp. */
const TCP_LISTEN = "0A";

/** Says why a host of the lab did not come up, or did not do what was awaited. */
class HostError extends Error {
  override name = "HostError";
}

/** What a host needs to know of its run to be started. */
export interface HostPlace {
  runId: string;
  networkNamespace: string;
  /** Directory of all hosts of the run. */
  hostsDirectory: string;
  /** /etc/hosts of the estate. */
  hostsFile: string;
}

/** One machine of the lab: network, PID, mount, UTS and IPC namespaces of its own, with a pid 1 that reaps. */
export class Host {
  readonly name: string;
  readonly address: string;
  readonly segment: string;
  readonly machineId: string;
  /** Writable, and at the same path inside and outside; other hosts do not see it. Gone after the run. */
  readonly stateDir: string;
  readonly #place: HostPlace;
  readonly #directory: string;
  readonly #spawned: HostProcess[] = [];
  #outer: ChildProcess | undefined;
  #initPid = 0;

  constructor(plan: HostPlan, place: HostPlace) {
    this.name = plan.name;
    this.address = plan.address;
    this.segment = plan.segment;
    this.machineId = createHash("md5").update(`${place.runId}/${plan.name}`).digest("hex");
    this.#place = place;
    this.#directory = join(place.hostsDirectory, plan.name);
    this.stateDir = join(this.#directory, "state");
  }

  /** Starts pid 1 and resolves when the host's own view of the file system stands. */
  async start(): Promise<void> {
    this.#writeFiles();
    const { hostsDirectory, networkNamespace } = this.#place;
    // setpriv: should the owner be killed, the kernel kills this process too, and --kill-child the whole host with it.
    const intoNetwork = ["--pdeathsig", "KILL", "nsenter", `--net=/run/netns/${networkNamespace}`];
    const intoRest = ["unshare", ...OWN_NAMESPACES, "--fork", "--kill-child", "--mount-proc"];
    const init = ["bash", INIT, this.name, hostsDirectory, this.#directory];
    this.#outer = spawn("setpriv", [...intoNetwork, ...intoRest, ...init], {
      stdio: ["pipe", "pipe", "pipe"],
      env: { PATH: LAB_PATH },
      cwd: "/",
    });
    await readyLine(this.#outer, this.name);
    this.#initPid = onlyChild(this.#outer.pid ?? 0);
  }

  /** Runs a program inside the host to its end. Kills it after `timeoutMs` (60 s). */
  exec(
    argv: readonly string[],
    options: { input?: string; timeoutMs?: number; env?: Record<string, string>; network?: string } = {},
  ): Promise<ExecResult> {
    return runToEnd(this.#enter(argv, options.network), { ...this.#environment(), ...options.env }, options);
  }

  /**
   * Starts a long-running program inside the host; its output goes to `state/<log>`, its network is the host's or the
   * namespace at the path `network`. Ended with the host at the latest.
   */
  spawn(
    argv: readonly string[],
    options: { log: string; env?: Record<string, string>; network?: string },
  ): HostProcess {
    const log = openSync(join(this.stateDir, options.log), "a", 0o600);
    try {
      const started = startProcess(this.#enter(argv, options.network), { ...this.#environment(), ...options.env }, log);
      this.#spawned.push(started);
      return started;
    } finally {
      closeSync(log);
    }
  }

  /** Waits until a program of the host listens on a TCP port; throws {@link HostError} after `timeoutMs` (20 s). */
  async waitForListener(port: number, timeoutMs = 20_000): Promise<void> {
    const hex = port.toString(16).toUpperCase().padStart(4, "0");
    const listening = new RegExp(`^ *\\d+: [0-9A-F]+:${hex} [0-9A-F]+:0000 ${TCP_LISTEN} `, "m");
    const end = Date.now() + timeoutMs;
    while (
      !["tcp", "tcp6"].some((table) => listening.test(readFileSync(`/proc/${this.#initPid}/net/${table}`, "latin1")))
    ) {
      if (Date.now() > end) {
        throw new HostError(`${this.name}: nothing listened on TCP port ${port} within ${timeoutMs} ms`);
      }
      await sleep(50);
    }
  }

  /** Asks what was spawned to end, then ends the host. */
  async stop(graceMs = 3000): Promise<void> {
    await Promise.all(this.#spawned.map((process) => process.stop("SIGTERM", graceMs)));
    const outer = this.#outer;
    if (outer === undefined || outer.exitCode !== null || outer.signalCode !== null) {
      return;
    }
    const ended = new Promise((resolve) => outer.once("close", resolve));
    this.kill();
    await ended;
  }

  /** Ends the host at once, without waiting; for exit handlers. */
  kill(): void {
    this.#outer?.kill("SIGKILL");
  }

  #enter(argv: readonly string[], network?: string): string[] {
    if (this.#initPid === 0) {
      throw new HostError(`${this.name}: not started`);
    }
    const target = [
      "nsenter",
      "--target",
      String(this.#initPid),
      network === undefined ? "--net" : `--net=${network}`,
      ...OWN_NAMESPACES,
    ];
    return [...target, "env", `--chdir=${this.stateDir}`, ...argv];
  }

  #environment(): Record<string, string> {
    return { PATH: LAB_PATH, HOME: this.stateDir, TMPDIR: join(this.stateDir, "tmp"), LANG: "C.UTF-8", TZ: "UTC" };
  }

  #writeFiles(): void {
    const etc = join(this.#directory, "etc");
    mkdirSync(etc, { recursive: true });
    mkdirSync(join(this.stateDir, "tmp"), { recursive: true });
    writeFileSync(join(etc, "hostname"), `${this.name}\n`);
    writeFileSync(join(etc, "machine-id"), `${this.machineId}\n`);
    writeFileSync(join(etc, "hosts"), `127.0.0.1 localhost\n${this.#place.hostsFile}`);
    // No name server anywhere: names come from /etc/hosts, and a look-up of another name fails inside the lab.
    writeFileSync(join(etc, "resolv.conf"), "");
  }
}

function readyLine(child: ChildProcess, name: string): Promise<void> {
  return new Promise((resolve, reject) => {
    let errors = "";
    child.stderr?.on("data", (chunk: Buffer) => {
      errors += chunk.toString();
    });
    child.stdout?.once("data", () => resolve());
    child.once("error", (error) => reject(new HostError(`${name}: ${error.message}`, { cause: error })));
    child.once("close", () => reject(new HostError(`${name} did not come up: ${errors.trim()}`)));
  });
}

function onlyChild(pid: number): number {
  const child = Number(readFileSync(`/proc/${pid}/task/${pid}/children`, "latin1").trim());
  if (!Number.isInteger(child) || child === 0) {
    throw new HostError(`process ${pid} has no child that could be a host's pid 1`);
  }
  return child;
}
