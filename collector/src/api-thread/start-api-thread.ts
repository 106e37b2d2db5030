import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import type { ThreadedStorage } from "../storage/threads/threaded-storage.ts";
import type { ApiThreadData } from "./api-thread.ts";

/** The thread that answers people died. */
export class ApiThreadError extends Error {
  override name = "ApiThreadError";

  constructor(cause: unknown) {
    super("The thread that answers people has ended.", { cause });
  }
}

const STOP_GRACE_MS = 5000;

export interface ApiThread {
  socketPath: string;
  /** Resolves with the reason when the thread ends by itself; never while it works, nor after stop. */
  readonly failed: Promise<Error>;
  stop(): Promise<void>;
}

/** A local address that needs no port and leaves no file behind where the system has such; callers need a token. */
function newSocketPath(): string {
  const name = `portolan-${randomUUID()}`;
  if (process.platform === "win32") return `\\\\.\\pipe\\${name}`;
  return process.platform === "linux" ? `\0${name}` : join(tmpdir(), `${name}.sock`);
}

/** Starts the API in a thread of its own, beside the one that takes reports; resolves when it listens. */
export async function startApiThread(
  storage: ThreadedStorage,
  options: Omit<ApiThreadData, "writer" | "socketPath">,
): Promise<ApiThread> {
  const socketPath = newSocketPath();
  const writer = storage.connect();
  const workerData: ApiThreadData = { ...options, writer, socketPath };
  const worker = new Worker(new URL("./api-thread.ts", import.meta.url), {
    workerData,
    transferList: [writer],
    name: "portolan-api",
  });
  const exited = new Promise<void>((resolve) => worker.once("exit", () => resolve()));
  await once(worker, "message");
  let isStopping = false;
  let cause: unknown;
  worker.on("error", (error) => (cause = error));
  const failed = new Promise<Error>((resolve) => {
    void exited.then(() => {
      if (!isStopping) resolve(new ApiThreadError(cause));
    });
  });
  async function stop(): Promise<void> {
    isStopping = true;
    worker.postMessage("stop");
    // It may be in the middle of a long analysis, and has nothing to lose: only the writing thread writes.
    const limit = setTimeout(() => void worker.terminate(), STOP_GRACE_MS);
    await exited;
    clearTimeout(limit);
  }
  return { socketPath, failed, stop };
}
