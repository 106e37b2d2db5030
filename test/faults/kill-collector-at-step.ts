// Preloaded into the collector (`node --import kill-collector-at-step.ts?kind=after+commit&nth=7 …`), and so into each of
// its threads: kills the process when a step of that kind comes for the n-th time. The shipped code knows nothing of it.
import { writeSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import { syncBuiltinESMExports } from "node:module";
import { isMainThread, MessagePort, threadName } from "node:worker_threads";
import Sqlite from "better-sqlite3";
import type { Statement } from "better-sqlite3";

const query = new URL(import.meta.url).searchParams;
const wanted = query.get("kind");
const nth = Number(query.get("nth"));
const REPORTS = "/api/v1/reports";

let seen = 0;
function step(kind: string): void {
  if (kind !== wanted || ++seen !== nth) return;
  // The main thread meanwhile sends any answer that it has: one given too early must not die with the process unseen.
  if (!isMainThread) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 50);
  writeSync(2, `killed ${kind} ${nth}\n`);
  process.kill(process.pid, "SIGKILL");
}

/** What the writing thread does to the database, and its answer to the thread that waits for it. */
function watchWriter(): void {
  const probe = new Sqlite(":memory:");
  const statements = Object.getPrototypeOf(probe.prepare("SELECT 1")) as Statement;
  probe.close();
  const { run } = statements;
  let isCommitted = false;
  statements.run = function (this: Statement, ...args: unknown[]) {
    const isCommit = this.source === "COMMIT";
    step(isCommit ? "before commit" : "statement");
    const result = Reflect.apply(run, this, args);
    isCommitted = isCommit;
    if (isCommit) step("after commit");
    return result;
  };
  const { postMessage } = MessagePort.prototype;
  MessagePort.prototype.postMessage = function (this: MessagePort, ...args: Parameters<typeof postMessage>) {
    if (isCommitted) step("answer to the main thread");
    return Reflect.apply(postMessage, this, args);
  };
}

/** A report's way in and its answer's way out, and the files that are put in place at a start. */
function watchMain(): void {
  const http = process.getBuiltinModule("node:http");
  const { emit } = http.Server.prototype;
  http.Server.prototype.emit = function (this: unknown, name: string | symbol, ...args: unknown[]) {
    const [request, response] = args as [IncomingMessage, ServerResponse];
    if (name !== "request" || request.url !== REPORTS) return Reflect.apply(emit, this, [name, ...args]) as boolean;
    step("report arrives");
    const { end } = response;
    response.end = function (this: unknown, ...rest: unknown[]) {
      step("before answer");
      const ended = Reflect.apply(end, response, rest) as typeof response;
      step("after answer");
      return ended;
    } as typeof end;
    return Reflect.apply(emit, this, [name, ...args]) as boolean;
  };
  const files = process.getBuiltinModule("node:fs/promises");
  const { rename } = files;
  files.rename = async (from, to) => {
    step("rename");
    await rename(from, to);
    step("rename");
  };
  const sync = process.getBuiltinModule("node:fs");
  const { renameSync } = sync;
  sync.renameSync = (from, to) => {
    step("rename");
    renameSync(from, to);
    step("rename");
  };
  syncBuiltinESMExports();
}

if (isMainThread) watchMain();
else if (threadName === "portolan-writer") watchWriter();
