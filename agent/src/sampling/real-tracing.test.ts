import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, rmdirSync } from "node:fs";
import { type AddressInfo, connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createSampler, prepareSources } from "./index.ts";
import type { Sampler } from "./sampler.ts";

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

const traced = async (sampler: Sampler) => (await sampler.sample()).sources.find(({ name }) => name === "tracefs");

/** Connections over loopback, which the kernel traces at both ends. */
async function connectTimes(times: number): Promise<void> {
  const server = createServer((socket) => socket.destroy()).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  for (let count = 0; count < times; count++) await once(connect(port, "127.0.0.1").resume(), "close");
  server.close();
  await once(server, "close");
}

test.runIf(isRoot)("two agents that share an instance say that each takes the other's records", async () => {
  const first = await reading();
  try {
    await connectTimes(20);
    const alone = await traced(first);
    expect(alone?.observations).toBeGreaterThanOrEqual(40);
    expect(alone?.reason ?? "").not.toContain("another agent");
    const second = await reading();
    try {
      await connectTimes(20);
      expect(await traced(second)).toMatchObject({ ok: true });
      const robbed = await traced(first);
      expect(robbed?.reason).toContain("another agent took");
      expect(robbed?.lost).toBeGreaterThanOrEqual(40);
    } finally {
      await second.close();
    }
  } finally {
    await first.close();
  }
});
