import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createSampler, prepareSources } from "./index.ts";

const isRoot = process.getuid?.() === 0;
if (!isRoot) process.stderr.write("SKIPPED, real tracing: tracefs can't be mounted; run the tests as root\n");

const instance = `portolan-try-${process.pid}`;
let root = "";
beforeAll(() => {
  if (!isRoot) return;
  root = mkdtempSync(join(tmpdir(), "portolan-tracefs-"));
  expect(spawnSync("mount", ["-t", "tracefs", "tracefs", root]).status).toBe(0);
});
afterAll(() => {
  if (!isRoot) return;
  if (existsSync(folder())) rmdirSync(folder());
  spawnSync("umount", [root]);
  rmdirSync(root);
});
const folder = () => join(root, "instances", instance);
const options = () => ({ traceRoots: [root], traceInstance: instance });
const reading = () => createSampler({ ...options(), events: { use: ["tracefs"], onGap: () => {} } });

test.runIf(isRoot)(
  "an instance that a killed agent left goes with its successor, and not before the last reader",
  async () => {
    mkdirSync(folder());
    const [first, second] = [await reading(), await reading()];
    expect((await first.sample()).sources.map(({ name }) => name)).toContain("tracefs");
    await first.close();
    expect(existsSync(folder())).toBe(true);
    expect(await prepareSources(options(), true)).toContain("is being read");
    await second.close();
    expect(existsSync(folder())).toBe(false);
    expect(await prepareSources(options(), true)).toBeUndefined();
  },
);
