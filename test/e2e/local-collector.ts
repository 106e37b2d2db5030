import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { LAB_PATH } from "../estate/command.ts";

const ROOT = new URL("../../", import.meta.url);
const MAIN = fileURLToPath(new URL("collector/src/main.ts", ROOT));
const ENV = { PATH: LAB_PATH, NODE_COMPILE_CACHE: fileURLToPath(new URL("node_modules/.cache/compile", ROOT)) };

interface Serving {
  pid: number | undefined;
  /** What it wrote to standard error so far. */
  log(): string;
  /** Resolves with the exit code when it ends, by itself or not. */
  ended: Promise<number | null>;
  /** SIGTERM; resolves with the exit code. */
  stop(): Promise<number | null>;
}

/** Commands as people run them, a process each, in a working folder of their own. */
export interface Workplace {
  folder: string;
  portolan(args: string[], input?: string): { code: number | null; out: string; err: string };
  /** Starts `serve`, on loopback unless told, with options of Node's before it; resolves when it listens. */
  serve(data: string, port: number, nodeOptions?: string[], address?: string): Promise<Serving>;
  /** Ends what still runs and removes the folder. */
  close(): void;
}

export function openWorkplace(): Workplace {
  const folder = mkdtempSync(join(tmpdir(), "portolan-work-"));
  const running: ChildProcess[] = [];

  function portolan(args: string[], input = "") {
    const options = { cwd: folder, encoding: "utf8", input, timeout: 20_000, env: ENV } as const;
    const done = spawnSync(process.execPath, [MAIN, ...args], options);
    return { code: done.status, out: done.stdout, err: done.stderr };
  }

  async function serve(
    data: string,
    port: number,
    nodeOptions: string[] = [],
    address = "127.0.0.1",
  ): Promise<Serving> {
    const args = [...nodeOptions, MAIN, "serve", "--data", data, "--listen", `${address}:${port}`];
    const child = spawn(process.execPath, args, { cwd: folder, stdio: ["ignore", "ignore", "pipe"], env: ENV });
    running.push(child);
    let text = "";
    const ended = new Promise<number | null>((resolve) => child.on("exit", resolve));
    await new Promise<void>((resolve, reject) => {
      let listens = false;
      child.stderr.on("data", (chunk: Buffer) => {
        text += chunk.toString();
        // Not for ever: a log of megabytes would be searched anew with each line.
        listens ||= text.includes("portolan collector");
        if (listens) resolve();
      });
      void ended.then((code) => reject(new Error(`serve ended with ${code}: ${text}`)));
    });
    const stop = () => {
      child.kill("SIGTERM");
      return ended;
    };
    return { pid: child.pid, log: () => text, ended, stop };
  }

  function close(): void {
    for (const child of running) child.kill("SIGKILL");
    rmSync(folder, { recursive: true, force: true });
  }

  return { folder, portolan, serve, close };
}

export function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer();
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}
