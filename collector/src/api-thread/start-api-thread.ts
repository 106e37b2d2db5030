import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { tmpdir, totalmem } from "node:os";
import { join } from "node:path";
import { MessageChannel, type MessagePort } from "node:worker_threads";
import { newChanges } from "../analysis/analysis-cache.ts";
import type { SocketFor } from "../plugins/forward.ts";
import { startThread } from "../start-thread.ts";
import type { ThreadedStorage } from "../storage/threads/threaded-storage.ts";
import type { ApiThreadData } from "./api-thread.ts";
import { needsWholeGraph } from "./needs-whole-graph.ts";

/** A thread that answers people died. */
export class ApiThreadError extends Error {
  override name = "ApiThreadError";

  constructor(cause: unknown) {
    super("The thread that answers people has ended.", { cause });
  }
}

const STOP_GRACE_MS = 5000;
/** Share of the machine's memory that the analysis of a large estate may take; Node's own limit is 4 GB. */
const ANALYSIS_MEMORY = 0.75;

type Options = Pick<ApiThreadData, "dataDir" | "publicUrl" | "caSha256" | "logLevel">;

interface ApiThread {
  socketPath: string;
  /** Resolves with the reason when the thread ends by itself; never while it works, nor after stop. */
  readonly failed: Promise<Error>;
  stop(): Promise<void>;
}

export interface ApiThreads extends Omit<ApiThread, "socketPath"> {
  /** The socket of the thread that answers this. */
  socketFor: SocketFor;
}

/** A local address that needs no port and leaves no file behind where the system has such; callers need a token. */
function newSocketPath(): string {
  const name = `portolan-${randomUUID()}`;
  if (process.platform === "win32") return `\\\\.\\pipe\\${name}`;
  return process.platform === "linux" ? `\0${name}` : join(tmpdir(), `${name}.sock`);
}

/** Resolves when the thread listens. */
async function startApiThread(
  storage: ThreadedStorage,
  options: Omit<ApiThreadData, "writer" | "socketPath">,
): Promise<ApiThread> {
  const socketPath = newSocketPath();
  const writer = storage.connect();
  const workerData: ApiThreadData = { ...options, writer, socketPath };
  const worker = startThread(new URL("./api-thread.ts", import.meta.url), {
    workerData,
    transferList: [writer, options.analyses],
    name: `portolan-${options.role}`,
    ...(options.role === "analysis" && {
      resourceLimits: { maxOldGenerationSizeMb: Math.floor((totalmem() / 2 ** 20) * ANALYSIS_MEMORY) },
    }),
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

/**
 * Starts the API beside the thread that takes reports, in two threads: one analyses and answers what needs the whole
 * graph, one answers pages and lists from the last analysis, at once, also while the next is made. Resolves when both
 * listen.
 */
export async function startApiThreads(storage: ThreadedStorage, options: Options): Promise<ApiThreads> {
  const changes = newChanges();
  const between: { port1: MessagePort; port2: MessagePort } = new MessageChannel();
  const analysis = await startApiThread(storage, { ...options, role: "analysis", analyses: between.port1, changes });
  const pages = await startApiThread(storage, { ...options, role: "pages", analyses: between.port2, changes }).catch(
    async (error: unknown) => {
      await analysis.stop();
      throw error;
    },
  );
  return {
    socketFor: (method, url) => (needsWholeGraph(method, url) ? analysis : pages).socketPath,
    failed: Promise.race([analysis.failed, pages.failed]),
    async stop() {
      await Promise.all([analysis.stop(), pages.stop()]);
    },
  };
}
