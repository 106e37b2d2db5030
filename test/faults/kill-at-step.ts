// Preloaded into a program (`node --import kill-at-step.ts?step=57 …`): kills it at its n-th step on the way of a
// report. The shipped code knows nothing of it. Without `step` it counts, and tells the count at exit.
import type { FileHandle } from "node:fs/promises";
import { writeSync } from "node:fs";
import { syncBuiltinESMExports } from "node:module";

const query = new URL(import.meta.url).searchParams;
const killAt = Number(query.get("step") ?? Infinity);
/** Only what happens in a spool counts. */
const inSpool = (path: unknown): boolean => typeof path === "string" && /\/spool(\/|$)/.test(path);

let steps = 0;
const kinds = new Set<string>();
const step = (kind: string): void => {
  steps += 1;
  kinds.add(kind);
  if (steps === killAt) {
    writeSync(1, `killed ${kind}\n`);
    process.kill(process.pid, "SIGKILL");
  }
};

const files = process.getBuiltinModule("node:fs/promises");
const { open, rename, rm } = files;

files.open = async (path, ...rest) => {
  if (!inSpool(path)) return open(path, ...rest);
  step("before open");
  const handle: FileHandle = await open(path, ...rest);
  const { writeFile, sync } = handle;
  handle.writeFile = async (content, ...options) => {
    step("before write");
    if (Buffer.isBuffer(content) && steps + 1 === killAt) {
      await handle.write(content.subarray(0, content.length / 2));
      step("half written");
    } else step("write");
    await writeFile.call(handle, content, ...options);
    step("after write");
  };
  handle.sync = async () => {
    step("before fsync");
    await sync.call(handle);
    step("after fsync");
  };
  return handle;
};
files.rename = async (from, to) => {
  if (inSpool(from)) step("before rename");
  await rename(from, to);
  if (inSpool(from)) step("after rename");
};
files.rm = async (path, options) => {
  if (inSpool(path)) step("before delete");
  await rm(path, options);
  if (inSpool(path)) step("after delete");
};
syncBuiltinESMExports();

const http = process.getBuiltinModule("node:http");
const { request } = http;
http.request = new Proxy(request, {
  apply(target, self, args) {
    step("before send");
    const outgoing: ReturnType<typeof request> = Reflect.apply(target, self, args);
    outgoing.once("finish", () => step("sent"));
    outgoing.prependOnceListener("response", () => step("answer"));
    return outgoing;
  },
});

process.on("exit", () => {
  if (killAt === Infinity) writeSync(1, `steps ${steps}: ${[...kinds].sort().join(", ")}\n`);
});
