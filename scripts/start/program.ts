import { spawn } from "node:child_process";
import { createWriteStream, mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { root } from "../run-step.ts";

/** How long a program may take to hand in what it holds before it is killed. */
const STOP_MS = 10_000;

export interface Program {
  /** Resolves with the first line of standard error that matches. */
  line(pattern: RegExp): Promise<string>;
  /** Exit code; 1 after a signal. */
  ended: Promise<number>;
  stop(): Promise<void>;
}

/**
 * Starts one of our programs with this Node, in a process group of its own, so that Ctrl-C reaches only `npm start` and
 * the order of stopping is ours. Its log goes to a file (0600); what is meant for people goes on to standard error.
 */
export function startProgram(
  name: string,
  entry: string,
  args: string[],
  logFile: string,
  options: { input?: string; nodeFlags?: readonly string[] } = {},
): Program {
  mkdirSync(dirname(logFile), { recursive: true, mode: 0o700 });
  const log = createWriteStream(logFile, { flags: "a", mode: 0o600 });
  const child = spawn(process.execPath, [...(options.nodeFlags ?? []), join(root, entry), ...args], {
    cwd: root,
    detached: true,
    stdio: ["pipe", "ignore", "pipe"],
  });
  child.stdin.end(options.input ?? "");
  const watchers: { pattern: RegExp; resolve: (line: string) => void }[] = [];
  const lines = createInterface({ input: child.stderr });
  lines.on("line", (line) => {
    log.write(`${line}\n`);
    const watched = watchers.find((watcher) => watcher.pattern.test(line));
    watched?.resolve(line);
    if (!watched && !line.startsWith("{")) process.stderr.write(`${name}: ${line}\n`);
  });
  const ended = new Promise<number>((resolve) => {
    child.on("error", (error) => {
      process.stderr.write(`${name}: ${error.message}\n`);
      resolve(1);
    });
    child.on("close", (code) => {
      log.end();
      resolve(code ?? 1);
    });
  });
  // Whatever ends this process, no program of it stays behind.
  const killChild = () => child.kill("SIGKILL");
  process.on("exit", killChild);
  void ended.then(() => process.off("exit", killChild));
  return {
    line: (pattern) => new Promise((resolve) => watchers.push({ pattern, resolve })),
    ended,
    async stop() {
      child.kill("SIGTERM");
      const timer = setTimeout(killChild, STOP_MS);
      await ended;
      clearTimeout(timer);
    },
  };
}
