import { setFlagsFromString } from "node:v8";
import { Worker } from "node:worker_threads";
import type { WorkerOptions } from "node:worker_threads";

/**
 * Keeps V8 from freeing compiled WebAssembly that seems out of use: where threads share it, V8 13.6 frees wrappers
 * twice and takes the process down (SIGSEGV, or SIGTRAP after "Check failed: jit_page"; nodejs/node#64500). Threads
 * that load .ts files share Node's own: it strips types in WebAssembly. docs/adr/0007 has stack and figures.
 */
const KEEP_COMPILED = "--no-wasm-code-gc";

/** Starts a thread of the collector. Every thread is started here. */
export function startThread(file: URL, options: WorkerOptions): Worker {
  setFlagsFromString(KEEP_COMPILED);
  return new Worker(file, options);
}
