import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readFileSync, rmdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { createSampler } from "./index.ts";

/** As a runtime would name it; no container of this machine has it. */
const CONTAINER_ID = "c0ffee".padEnd(64, "0");
const LISTEN = "const s = require('net').createServer().listen(0, '127.0.0.1', () => console.log(s.address().port))";

/** Where the kernel shows a hierarchy whose groups are in /proc/PID/cgroup under the name that counts. */
function cgroupRoot(): string | undefined {
  const mounts = readFileSync("/proc/self/mountinfo", "utf8").split("\n");
  const line = mounts.find((mount) => / - cgroup2 /.test(mount)) ?? mounts.find((mount) => /name=systemd/.test(mount));
  return line?.split(" ")[4];
}

/** Why no group can be made here. */
function obstacle(): string | undefined {
  const root = cgroupRoot();
  if (root === undefined) return "no cgroup hierarchy is mounted";
  const trial = join(root, `portolan-trial-${process.pid}`);
  try {
    mkdirSync(trial);
    rmdirSync(trial);
    return undefined;
  } catch (error) {
    return `${trial} can't be made: ${String(error)}`;
  }
}

const missing = obstacle();
const inNamespace = spawnSync("unshare", ["-n", "true"]).status === 0;
if (missing !== undefined) process.stderr.write(`SKIPPED, real cgroups: ${missing}; run the tests as root\n`);

let folders: string[] = [];
let child: ChildProcess | undefined;
afterEach(async () => {
  if (child !== undefined && child.exitCode === null) {
    child.kill("SIGKILL");
    await once(child, "close");
  }
  for (const folder of folders.toReversed()) rmdirSync(folder);
  folders = [];
});

/** A program that listens, within the group; its port. */
async function listenIn(path: readonly string[], command: string, args: string[]): Promise<number> {
  let folder = cgroupRoot() ?? "";
  for (const part of path) {
    folder = join(folder, part);
    mkdirSync(folder);
    folders.push(folder);
  }
  const started = spawn(command, args, { stdio: ["ignore", "pipe", "inherit"] });
  child = started;
  const [port] = await once(started.stdout, "data");
  writeFileSync(join(folder, "cgroup.procs"), String(started.pid));
  return Number(port);
}

async function processOn(port: number) {
  const sampler = await createSampler();
  const { observations } = await sampler.sample();
  await sampler.close();
  return observations.find((row) => row.localPort === port && row.state === "listening");
}

const service = `portolan-test-${process.pid}.service`;

test.skipIf(missing !== undefined)(
  "a process in a container's cgroup carries the container, and no image",
  async () => {
    const group = [`portolan-test-${process.pid}.slice`, `docker-${CONTAINER_ID}.scope`];
    const row = await processOn(await listenIn(group, process.execPath, ["-e", LISTEN]));
    // Its image only the runtime's socket tells, and that is not asked.
    expect(row?.process?.container).toEqual({ id: CONTAINER_ID });
    expect(row?.process?.service).toBeUndefined();
    // In the host's network, as with `--network host`.
    expect(row?.scope).toBeUndefined();
    // Its users are its own: the number is not the host's name.
    expect(row?.process?.user).toBe(String(process.getuid?.()));
  },
);

test.skipIf(missing !== undefined)("the runtime's own service around a container is not the container's", async () => {
  const row = await processOn(await listenIn([service, CONTAINER_ID], process.execPath, ["-e", LISTEN]));
  expect(row?.process?.container).toEqual({ id: CONTAINER_ID });
  expect(row?.process?.service).toBeUndefined();
});

test.skipIf(missing !== undefined)("a service's process carries the service, and no container", async () => {
  const row = await processOn(await listenIn([service], process.execPath, ["-e", LISTEN]));
  expect(row?.process).toMatchObject({ service });
  expect(row?.process?.container).toBeUndefined();
});

test.skipIf(missing !== undefined || !inNamespace)("a container's own network is named after it", async () => {
  const script = `require('child_process').execFileSync('ip', ['link', 'set', 'lo', 'up']); ${LISTEN}`;
  const group = [`cri-containerd-${CONTAINER_ID}.scope`];
  const row = await processOn(await listenIn(group, "unshare", ["-n", process.execPath, "-e", script]));
  expect(row?.scope).toBe(CONTAINER_ID.slice(0, 12));
  expect(row?.process?.container).toEqual({ id: CONTAINER_ID });
});
