import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

export interface ExecResult {
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
}

interface Exit {
  code: number | null;
  signal: NodeJS.Signals | null;
}

/** A long-running program inside a host. */
export interface HostProcess {
  readonly exited: Promise<Exit>;
  /** Sends the signal to the program itself, kills it after `graceMs`, and resolves when it is gone. */
  stop(signal?: NodeJS.Signals, graceMs?: number): Promise<Exit>;
}

/** Starts `nsenter …`; `log` is an open file for both outputs. */
export function startProcess(argv: readonly string[], env: Record<string, string>, log: number): HostProcess {
  const [file = "", ...rest] = argv;
  const child = spawn(file, rest, { stdio: ["ignore", log, log], env, cwd: "/" });
  const exited = exitOf(child);
  // Whoever awaits `exited` sees a failed start; a process that nobody awaits must not end the test run with it.
  exited.catch(() => {});
  return {
    exited,
    async stop(signal = "SIGTERM", graceMs = 5000) {
      await signalProgram(child, signal);
      const timer = setTimeout(() => void signalProgram(child, "SIGKILL"), graceMs);
      try {
        return await exited;
      } finally {
        clearTimeout(timer);
      }
    },
  };
}

/** Runs `nsenter …` to its end and collects its output. */
export async function runToEnd(
  argv: readonly string[],
  env: Record<string, string>,
  options: { input?: string; timeoutMs?: number },
): Promise<ExecResult> {
  const [file = "", ...rest] = argv;
  const child = spawn(file, rest, { stdio: ["pipe", "pipe", "pipe"], env, cwd: "/" });
  const stdout: Buffer[] = [];
  const stderr: Buffer[] = [];
  child.stdout.on("data", (chunk: Buffer) => stdout.push(chunk));
  child.stderr.on("data", (chunk: Buffer) => stderr.push(chunk));
  // A program that ends without reading its input closes the pipe; its exit code says what matters.
  child.stdin.on("error", () => {});
  child.stdin.end(options.input ?? "");
  const timer = setTimeout(() => void signalProgram(child, "SIGKILL"), options.timeoutMs ?? 60_000);
  try {
    const exit = await exitOf(child);
    return { ...exit, stdout: Buffer.concat(stdout).toString(), stderr: Buffer.concat(stderr).toString() };
  } finally {
    clearTimeout(timer);
  }
}

function exitOf(child: ChildProcess): Promise<Exit> {
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code, signal) => resolve({ code, signal }));
  });
}

/** nsenter forks to enter the PID namespace and passes no signal on: the program is its child, once it has forked. */
async function signalProgram(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  for (let attempt = 0; attempt < 20 && isRunning(child); attempt++) {
    const programs = childrenOf(child);
    for (const program of programs) {
      try {
        process.kill(program, signal);
      } catch {
        // Gone since the list was read.
      }
    }
    if (programs.length > 0) {
      return;
    }
    await sleep(25);
  }
}

function isRunning(child: ChildProcess): boolean {
  return child.pid !== undefined && child.exitCode === null && child.signalCode === null;
}

function childrenOf(child: ChildProcess): number[] {
  try {
    const text = readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, "latin1").trim();
    return text === "" ? [] : text.split(" ").map(Number);
  } catch {
    return [];
  }
}
