import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { closeSync, existsSync, fsyncSync, openSync, readFileSync, rmSync, writeFileSync, writeSync } from "node:fs";
import { hostname, totalmem } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { LoadItem } from "@portolan/api";
import { afterEach, beforeEach, expect, test } from "vitest";
import { LAB_PATH } from "../estate/command.ts";
import { freePort, openWorkplace, type Workplace } from "./local-collector.ts";

const ROOT = new URL("../../", import.meta.url);
const AGENT = fileURLToPath(new URL("agent/src/main.ts", ROOT));
const ENV = { PATH: LAB_PATH, NODE_COMPILE_CACHE: fileURLToPath(new URL("node_modules/.cache/compile", ROOT)) };
const WRITTEN_BYTES = 32e6;

let work: Workplace;
let agent: ChildProcess | undefined;
beforeEach(() => {
  work = openWorkplace();
});
afterEach(() => {
  agent?.kill("SIGKILL");
  work.close();
});

/** What the kernel itself says of all file systems on disks, and of the memory. */
function kernelFigures() {
  const sectors = readFileSync("/proc/diskstats", "utf8")
    .trim()
    .split("\n")
    .map((line) => Number(line.trim().split(/ +/)[9]));
  const available = Number(/^MemAvailable: +(\d+)/m.exec(readFileSync("/proc/meminfo", "utf8"))?.[1]) * 1024;
  return { written: 512 * sectors.reduce((sum, count) => sum + count, 0), used: totalmem() - available };
}

/** Resolves when the agent has looked for the first time: what is written from now on must be told. */
async function firstLook(statusFile: string): Promise<void> {
  for (let attempt = 0; attempt < 300; attempt += 1) {
    if (existsSync(statusFile) && readFileSync(statusFile, "utf8").includes("lastSampleAt")) return;
    await sleep(100);
  }
  throw new Error("the agent did not look within 30 s");
}

/** Keeps one core busy and the disk, for as long as a few looks take. */
async function work3Seconds(folder: string): Promise<void> {
  const busy = spawn(process.execPath, ["-e", "const end = Date.now() + 3000; while (Date.now() < end);"]);
  const file = join(folder, "ballast");
  const descriptor = openSync(file, "w");
  for (let at = 0; at < WRITTEN_BYTES; at += 1e6) writeSync(descriptor, Buffer.alloc(1e6, at));
  fsyncSync(descriptor);
  closeSync(descriptor);
  await once(busy, "exit");
  rmSync(file);
}

test("real figures of this machine, through a real agent and collector", { timeout: 90_000 }, async () => {
  const data = join(work.folder, "data");
  await work.serve(data, await freePort());
  const { out } = work.portolan(["token", "create", "--kind", "enrolment", "--json", "--data", data]);
  const state = join(work.folder, "agent");
  const [token, config] = [join(work.folder, "token"), join(work.folder, "agent.json")];
  writeFileSync(token, (JSON.parse(out) as { token: string }).token, { mode: 0o600 });
  const pace = { sampleSeconds: 1, reportSeconds: 5, bounds: { sampleSeconds: { min: 1 }, reportSeconds: { min: 5 } } };
  writeFileSync(config, JSON.stringify({ ...pace, eventSources: [], cpuPercent: 100 }));
  const enrol = [AGENT, "enrol", "--token-file", token, "--state", state];
  expect(spawnSync(process.execPath, enrol, { env: ENV, encoding: "utf8" })).toMatchObject({ status: 0 });

  const before = kernelFigures();
  agent = spawn(process.execPath, [AGENT, "run", "--state", state, "--config", config], { env: ENV, stdio: "ignore" });
  await firstLook(join(state, "status.json"));
  await work3Seconds(work.folder);
  await sleep(6500);
  agent.kill("SIGTERM");
  await once(agent, "exit");
  const after = kernelFigures();

  const plan = join(work.folder, "plan.yaml");
  writeFileSync(plan, "maxServersPerWave: 5\n");
  // Nothing is said of a day of which less than a day was measured.
  const planned = work.portolan(["plan", "create", "--config", plan, "--data", data]).out;
  expect(planned).toMatch(/^WAVE +WINDOW \(UTC\) +SERVERS +GB +GB\/DAY +HOSTS\n +1 +no calendar +1 +\d+ +\S+\n$/m);
  const load = work.portolan(["load", "--host", hostname(), "--json", "--data", data]);
  expect(load.err).toBe("");
  const { items } = JSON.parse(load.out) as { items: LoadItem[] };
  expect(items.length).toBeGreaterThan(0);
  const sum = (figure: (item: LoadItem) => number) => items.reduce((total, item) => total + figure(item), 0);
  const peak = (figure: (item: LoadItem) => number | undefined) => Math.max(...items.map((item) => figure(item) ?? 0));
  expect(sum(({ measuredSeconds }) => measuredSeconds)).toBeGreaterThanOrEqual(3);
  expect(sum(({ measuredSeconds }) => measuredSeconds)).toBeLessThanOrEqual(60);
  expect(peak(({ cpu }) => cpu?.peak)).toBeGreaterThan(0.02);
  expect(peak(({ cpu }) => cpu?.average)).toBeLessThanOrEqual(peak(({ cpu }) => cpu?.peak));
  const memory = items[0]?.memoryBytes?.average ?? 0;
  expect(memory).toBeGreaterThan(0.5 * Math.min(before.used, after.used));
  expect(memory).toBeLessThan(1.5 * Math.max(before.used, after.used));
  expect(items[0]).toHaveProperty("network");
  const volumes = items.flatMap((item) => item.volumes);
  const written = volumes.reduce((total, { bytesWritten }) => total + (bytesWritten ?? 0), 0);
  expect(written).toBeLessThanOrEqual(after.written - before.written);
  // A machine whose folders lie in memory or on an overlay has no volume of its own.
  if (!volumes.some(({ bytesWritten }) => bytesWritten !== undefined)) return;
  // Where the folder lies in memory, the kernel wrote nothing either.
  if (after.written - before.written >= WRITTEN_BYTES) expect(written).toBeGreaterThan(WRITTEN_BYTES / 2);
  expect(volumes.some(({ usedBytes }) => (usedBytes?.average ?? 0) > 0)).toBe(true);
  const table = work.portolan(["load", "--host", hostname(), "--data", data]).out;
  expect(table).toMatch(/^HOUR \(UTC\) +CPU %/);
  expect(table.split("\n").length).toBeGreaterThan(items.length);
});
