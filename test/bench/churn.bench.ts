/**
 * A day of an agent whose clients change all the time: its memory and descriptors, hour by hour, with a collector and with
 * none that answers. The agent is the bundled one with its own sources; its clocks and timers run 400 times as fast, so
 * that a day of looks 15 s apart takes some four minutes. Real sockets in a namespace of their own: each second of the
 * machine's 250 connections of clients with new addresses, most ended by reset, as TIME_WAIT lives by the kernel's clock.
 * Exits with 1 where the second half of the day needs more than the first. Needs root.
 *
 * Run with `node test/bench/churn.bench.ts`; it starts itself again in the roles `inside` and `clients`.
 */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { createServer as createHttpServer } from "node:http";
import { type AddressInfo, type Socket, connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { LIGHT_ENGINE_FLAGS, prepareSources } from "@portolan/agent";
import { bundleAgent } from "./bundle-agent.ts";
import { memoryMb, stopChild } from "./footprint-candidates.ts";

const TIMES = 400;
const HOURS = 24;
const HOUR_MS = 3_600_000 / TIMES;
/** How much more the second half of the day may need: what the reading itself varies by. */
const GROWTH_MB = 3;
const TRACE_ROOT = "/sys/kernel/tracing";
const ADDRESS = "10.64.0.1";
/** Nobody listens on it (tcpmux). */
const DEAF_PORT = 1;

interface Life {
  name: string;
  child: ChildProcess;
  instance: string;
  hours: { rss: number; privateMemory: number; descriptors: number }[];
}

const print = (text: string): boolean => process.stdout.write(`${text}\n`);

function main(role: string | undefined): Promise<number> | number {
  if (role === "inside") return live();
  if (role === "clients") return churn();
  if (process.getuid?.() !== 0) {
    print("churn: needs root, to make namespaces (unshare -n -m -p)");
    return 1;
  }
  const self = [process.execPath, import.meta.filename, "inside"];
  return spawnSync("unshare", ["-n", "-m", "-p", "-f", "--mount-proc", ...self], { stdio: "inherit" }).status ?? 1;
}

async function live(): Promise<number> {
  const root = mkdtempSync(join(tmpdir(), "portolan-churn-"));
  const lives: Life[] = [];
  let clients: ChildProcess | undefined;
  try {
    spawnSync("ip", ["link", "set", "lo", "up"]);
    // All of the network is then this machine's, as 127.0.0.0/8 is, of which tracing tells no agent in a container.
    spawnSync("ip", ["addr", "add", `${ADDRESS}/10`, "dev", "lo"]);
    spawnSync("mount", ["-t", "tracefs", "tracefs", TRACE_ROOT]);
    await bundleAgent(root);
    const collector = createHttpServer((request, response) => {
      request.resume().once("end", () => {
        response.end(JSON.stringify({ applied: true, duplicate: false, rejected: [], instructions: {} }));
      });
    }).listen(0, "127.0.0.1");
    await once(collector, "listening");
    clients = spawn(process.execPath, [import.meta.filename, "clients"], { stdio: "ignore" });
    lives.push(begin(root, "with-collector", portOf(collector.address())), begin(root, "without-collector", DEAF_PORT));
    for (let hour = 1; hour <= HOURS; hour++) {
      await sleep(HOUR_MS);
      for (const life of lives) {
        const pid = life.child.pid ?? 0;
        life.hours.push({ ...memoryMb(pid), descriptors: readdirSync(`/proc/${pid}/fd`).length });
      }
    }
    for (const life of lives) tell(life, root);
    return lives.every(isLevel) ? 0 : 1;
  } finally {
    clients?.kill("SIGKILL");
    await Promise.all(lives.map(({ child }) => stopChild(child)));
    for (const { instance } of lives) await prepareSources({ traceRoots: [TRACE_ROOT], traceInstance: instance }, true);
    rmSync(root, { recursive: true, force: true });
  }
}

function begin(root: string, name: string, port: number): Life {
  const state = join(root, name);
  mkdirSync(state);
  const identity = { agentId: name, secret: "double", url: `http://127.0.0.1:${port}`, site: "double" };
  writeFileSync(join(state, "identity.json"), JSON.stringify(identity), { mode: 0o600 });
  const instance = `churn-${process.pid}-${name}`;
  const config = join(root, `${name}.json`);
  // The host's facts are read by a child that knows nothing of the fast clock.
  writeFileSync(config, JSON.stringify({ logLevel: "error", traceInstance: instance, inventorySeconds: 86_400 }));
  const clock = new URL(`./hasten-clock.ts?times=${TIMES}`, import.meta.url).href;
  const program = [join(root, "portolan-agent.cjs"), "run", "--state", state, "--config", config];
  const child = spawn(process.execPath, [...LIGHT_ENGINE_FLAGS, "--import", clock, ...program], {
    stdio: ["ignore", "ignore", "inherit"],
    env: { PATH: "/usr/sbin:/usr/bin:/sbin:/bin" },
  });
  return { name, child, instance, hours: [] };
}

/** Connections from addresses of the machine's own network, each used once; ten stand at a time. */
async function churn(): Promise<never> {
  const server = createServer((socket) => socket.on("error", () => {})).listen(0, ADDRESS);
  await once(server, "listening");
  const port = portOf(server.address());
  const standing: Socket[] = [];
  for (let serial = 2; ; serial++) {
    const localAddress = `10.${64 + ((serial >> 16) % 64)}.${(serial >> 8) & 255}.${serial & 255}`;
    const socket = connect({ port, host: ADDRESS, localAddress }).on("error", () => {});
    standing.push(socket);
    const oldest = standing.length > 10 ? standing.shift() : undefined;
    if (serial % 25 === 0) oldest?.end();
    else oldest?.resetAndDestroy();
    await sleep(4);
  }
}

/** The highest of some hours. */
const most = (hours: Life["hours"], key: keyof Life["hours"][number]): number =>
  Math.max(...hours.map((hour) => hour[key]));

/** From the second hour on: the first is the start. */
function halves({ hours }: Life): [Life["hours"], Life["hours"]] {
  return [hours.slice(1, HOURS / 2), hours.slice(HOURS / 2)];
}

function isLevel(life: Life): boolean {
  const [early, late] = halves(life);
  return (
    most(late, "rss") <= most(early, "rss") + GROWTH_MB && most(late, "descriptors") <= most(early, "descriptors") + 1
  );
}

function tell(life: Life, root: string): void {
  const [early, late] = halves(life);
  print(`${life.name}: RSS in MB, hour by hour: ${life.hours.map(({ rss }) => rss.toFixed(0)).join(" ")}`);
  for (const key of ["rss", "privateMemory", "descriptors"] as const) {
    print(`  ${key}: at most ${most(early, key).toFixed(1)} until noon, ${most(late, key).toFixed(1)} after`);
  }
  print(`  reports in the spool: ${readdirSync(join(root, life.name, "spool")).length}`);
  print(`  goal: after noon at most ${GROWTH_MB} MB and one descriptor more: ${isLevel(life) ? "met" : "MISSED"}`);
}

function portOf(address: AddressInfo | string | null): number {
  if (address === null || typeof address === "string") throw new Error("the server has no port");
  return address.port;
}

process.exitCode = await main(process.argv[2]);
process.exit();
