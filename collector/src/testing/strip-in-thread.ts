import { once } from "node:events";
import { stripTypeScriptTypes } from "node:module";
import { isMainThread, Worker } from "node:worker_threads";
import { startThread } from "../start-thread.ts";

/** Synthetic, and enough that V8 compiles the stripping anew while it runs, and has its first code left over. */
const SOURCE = Array.from({ length: 300 }, (_, index) => `export const f${index} = (a: number): number => a;`);
const TIMES = 5;

/** A program: strips types in a thread that startThread started, or, with the argument `plain`, in one of Node's own. */
if (isMainThread) {
  const file = new URL(import.meta.url);
  await once(process.argv[2] === "plain" ? new Worker(file) : startThread(file, {}), "exit");
} else {
  for (let time = 0; time < TIMES; time += 1) stripTypeScriptTypes(SOURCE.join("\n"));
}
