/**
 * Memory and CPU of a running agent with every source on, its child `ss` counted too, next to a bare Node process that
 * idles in the same run and to the monitors that are installed: at 500 sockets, 10,000 and 50,000, each 15 s. The agent is
 * bundled as it ships (CommonJS, one file, V8 kept light); at 500 the same from source stands beside it, without a goal.
 * Exits with 1 above a goal. Needs root and the Debian package nftables: sockets, tracing's mount and the rule that makes
 * the host track stand in namespaces of their own. Takes five minutes.
 *
 * Run with `node test/bench/agent-footprint.bench.ts [sockets]`; it starts itself again in the role `inside`.
 */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer as createHttpServer } from "node:http";
import { type Socket, connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { LIGHT_ENGINE_FLAGS, prepareSources } from "@portolan/agent";
import type { Source } from "@portolan/protocol";
import { bundleAgent } from "./bundle-agent.ts";
import {
  type Candidate,
  childrenOf,
  cpuMsWithChildren,
  memoryMb,
  startPeers,
  stopChild,
} from "./footprint-candidates.ts";

interface Goal {
  sockets: number;
  rssMb: number;
  privateMb?: number;
  cpuPercent?: number;
}
/** The last is the memory that the service may take (docs/install.md). */
const GOALS: Goal[] = [
  { sockets: 500, rssMb: 60, privateMb: 22, cpuPercent: 0.2 },
  { sockets: 10_000, rssMb: 250, cpuPercent: 1.5 },
  { sockets: 50_000, rssMb: 250 },
];
/** Starting is not what a guest weighs: the figures begin after it. */
const SETTLE_MS = 20_000;
const MEASURE_MS = 75_000;
const AGENT = resolve(import.meta.dirname, "../../agent");

/** A process may open 20,000 files here. */
const MOST_HELD = 10_000;
const TRACE_ROOT = "/sys/kernel/tracing";
/** Its name is the kernel's, whatever the namespace. */
const instanceOf = (state: string): string => `footprint-${process.pid}-${state}`;

const print = (text: string): boolean => process.stdout.write(`${text}\n`);

function main(role: string | undefined, sockets: string | undefined): Promise<number> | number {
  const goal = GOALS.find((candidate) => candidate.sockets === Number(sockets));
  if (role === "inside" && goal) return measure(goal);
  if (role === "hold") return holdSockets(Number(sockets)).then(() => new Promise<never>(() => print("ready")));
  if (process.getuid?.() !== 0) {
    print("agent footprint: needs root, to make namespaces (unshare -n -m -p)");
    return 1;
  }
  const chosen = role === undefined ? GOALS : GOALS.filter((candidate) => candidate.sockets === Number(role));
  const missed = chosen.filter((candidate) => {
    const self = [process.execPath, import.meta.filename, "inside", String(candidate.sockets)];
    const limited = ["-n", "-m", "-p", "-f", "--mount-proc", ...self];
    return spawnSync("unshare", limited, { stdio: "inherit" }).status !== 0;
  });
  return missed.length === 0 ? 0 : 1;
}

function run(command: string, ...args: string[]): void {
  const { status, stderr } = spawnSync(command, args, { encoding: "utf8" });
  if (status !== 0) throw new Error(`${command} ${args.join(" ")}: ${stderr}`);
}

/** Tracing and tracking, as on a host that has both; they end with the namespaces. */
function prepareHost(): void {
  run("ip", "link", "set", "lo", "up");
  if (!existsSync(`${TRACE_ROOT}/instances`)) run("mount", "-t", "tracefs", "tracefs", TRACE_ROOT);
  run("nft", "add table inet lab");
  run("nft", "add chain inet lab in { type filter hook input priority 0; }");
  run("nft", "add rule inet lab in ct state established,new accept");
}

async function measure(goal: Goal): Promise<number> {
  const root = mkdtempSync(join(tmpdir(), "portolan-footprint-"));
  const children: ChildProcess[] = [];
  try {
    prepareHost();
    await bundleAgent(root);
    const collector = await collectorDouble();
    for (let left = goal.sockets; left > 0; left -= MOST_HELD) {
      const holder = spawn(process.execPath, [import.meta.filename, "hold", String(Math.min(left, MOST_HELD))]);
      children.push(holder);
      await once(holder.stdout, "data");
    }
    const begin = (name: string, program: string, args: string[]): Candidate => {
      const child = spawn(program, args, {
        // The monitors complain of much that is not here.
        stdio: ["ignore", "ignore", program === process.execPath ? "inherit" : "ignore"],
        env: { PATH: "/usr/sbin:/usr/bin:/sbin:/bin", NODE_COMPILE_CACHE: join(root, "compile-cache") },
      });
      children.push(child);
      return { name, child, pid: child.pid ?? 0, peakRssMb: 0 };
    };
    const start = (name: string, program: string[]): Candidate => begin(name, process.execPath, program);
    const agent = (program: string, state: string): string[] => {
      mkdirSync(join(root, state));
      const identity = { agentId: state, secret: "double", url: `http://127.0.0.1:${collector.port}`, site: "double" };
      writeFileSync(join(root, state, "identity.json"), JSON.stringify(identity), { mode: 0o600 });
      const config = join(root, `${state}.json`);
      writeFileSync(config, JSON.stringify({ logLevel: "warn", traceInstance: instanceOf(state) }));
      return [...LIGHT_ENGINE_FLAGS, program, "run", "--state", join(root, state), "--config", config];
    };
    const source = join(AGENT, "src/main.ts");
    // Fills the compile cache: what strips types weighs 18 MB, and a launcher from source does the same.
    spawnSync(process.execPath, [source, "once", "--json"], {
      stdio: "ignore",
      env: { PATH: "/usr/bin:/bin", NODE_COMPILE_CACHE: join(root, "compile-cache") },
    });
    const bare = start("bare Node, idle", ["-e", "setInterval(() => {}, 15000)"]);
    const bundled = start("agent, bundled", agent(join(root, "portolan-agent.cjs"), "bundled"));
    const isSmall = goal.sockets === GOALS[0]?.sockets;
    const others = isSmall ? [start("agent, from source", agent(source, "source")), ...startPeers(root, begin)] : [];
    const candidates = [bare, bundled, ...others];

    await observe(candidates, SETTLE_MS);
    const before = new Map(candidates.map((candidate) => [candidate, cpuMsWithChildren(candidate.pid)]));
    const reportsBefore = collector.reports.length;
    await observe(candidates, MEASURE_MS);
    print(`${goal.sockets} sockets and more, one look each 15 s, ${MEASURE_MS / 1000} s, loopback collector double`);
    const cpuPercent = (candidate: Candidate): number =>
      ((cpuMsWithChildren(candidate.pid) - (before.get(candidate) ?? 0)) / MEASURE_MS) * 100;
    for (const candidate of candidates) {
      const { rss, privateMemory } = memoryMb(candidate.pid);
      const ratio = (rss / memoryMb(bare.pid).rss).toFixed(2);
      print(
        `${candidate.name.padEnd(20)} RSS ${rss.toFixed(1)} MB (peak ${candidate.peakRssMb.toFixed(1)}, ${ratio} × bare), ` +
          `private ${privateMemory.toFixed(1)} MB, CPU ${cpuPercent(candidate).toFixed(3)} % of a core`,
      );
    }
    const reports = collector.reports.length - reportsBefore;
    print(`${reports} reports received meanwhile, the largest with ${Math.max(...collector.reports)} flows`);
    const { sources } = collector;
    print(
      `sources, CPU ms since the start: ${[...sources].map(([name, ms]) => `${name} ${ms.toFixed(0)}`).join(", ")}`,
    );
    for (const pid of childrenOf(bundled.pid)) print(`its child ss: RSS ${memoryMb(pid).rss.toFixed(1)} MB`);
    const { rss, privateMemory } = memoryMb(bundled.pid);
    const { rssMb, privateMb = Infinity, cpuPercent: cpuGoal = Infinity } = goal;
    const isLight = rss <= rssMb && privateMemory <= privateMb && cpuPercent(bundled) <= cpuGoal;
    const met = isLight && reports > 0 && sources.size === 4;
    const limits = [`RSS ${rssMb} MB`, `private ${privateMb} MB`, `CPU ${cpuGoal} %`].filter(
      (limit) => !limit.includes("Infinity"),
    );
    print(`goal: at most ${limits.join(", ")}, with all four sources: ${met ? "met" : "MISSED"}`);
    return met ? 0 : 1;
  } finally {
    await Promise.all(children.map((child) => stopChild(child)));
    for (const state of ["bundled", "source"])
      await prepareSources({ traceRoots: [TRACE_ROOT], traceInstance: instanceOf(state) }, true);
    rmSync(root, { recursive: true, force: true });
  }
}

/** Takes every report and keeps the number of its flows. */
async function collectorDouble(): Promise<{ port: number; reports: number[]; sources: Map<string, number> }> {
  const { gunzipSync } = await import("node:zlib");
  const reports: number[] = [];
  const sources = new Map<string, number>();
  const server = createHttpServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const report: { agent: { id: string }; flows: unknown[]; sources: Source[] } = JSON.parse(
        gunzipSync(Buffer.concat(chunks)).toString(),
      );
      reports.push(report.flows.length);
      for (const { name, ok, cpuMs } of report.agent.id === "bundled" ? report.sources : [])
        if (ok) sources.set(name, (sources.get(name) ?? 0) + cpuMs);
      response.end(JSON.stringify({ applied: true, duplicate: false, rejected: [], unknownKeys: 0, instructions: {} }));
    });
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return { port: portOf(server.address()), reports, sources };
}

/** Opens both ends of connections to 25 servers, and one short connection each second, which leaves TIME_WAIT rows. */
async function holdSockets(sockets: number): Promise<void> {
  const kept: Socket[] = [];
  const ports: number[] = [];
  for (let index = 0; index < 25; index++) {
    const server = createServer((socket) => void kept.push(socket.on("error", () => {}))).listen(0, "127.0.0.1");
    await once(server, "listening");
    ports.push(portOf(server.address()));
  }
  for (let index = 0; index < sockets / 2; index++) {
    const socket = connect(ports[index % ports.length] ?? 0, "127.0.0.1");
    await once(socket, "connect");
    kept.push(socket);
  }
  setInterval(() => {
    const socket = connect(ports[0] ?? 0, "127.0.0.1", () => socket.end());
    socket.on("error", () => {});
  }, 1000);
}

function portOf(address: ReturnType<ReturnType<typeof createServer>["address"]>): number {
  if (address === null || typeof address === "string") throw new Error("the server has no port");
  return address.port;
}

/** Lets time pass and notes the highest RSS. */
async function observe(candidates: Candidate[], ms: number): Promise<void> {
  for (const until = Date.now() + ms; Date.now() < until; await sleep(500)) {
    for (const candidate of candidates) {
      candidate.peakRssMb = Math.max(candidate.peakRssMb, memoryMb(candidate.pid).rss);
    }
  }
}

process.exitCode = await main(process.argv[2], process.argv[3]);
// The sockets and the double would keep the process alive.
process.exit();
