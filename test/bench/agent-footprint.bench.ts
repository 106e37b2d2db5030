/**
 * Memory and CPU of a running agent at 500 sockets each 15 s, next to a bare Node process that idles in the same run.
 * The agent is bundled as it ships (CommonJS, one file, V8 kept light); the same from source stands beside it, without a goal. Exits
 * with 1 above a goal. Needs root: the sockets stand in a network namespace of their own. Takes 100 s.
 *
 * Run with `node test/bench/agent-footprint.bench.ts`; it starts itself again in the role `inside`.
 */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer as createHttpServer } from "node:http";
import { type Socket, connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { LIGHT_ENGINE_FLAGS } from "@portolan/agent";
import { build } from "vite";
import { cpuSecondsOf } from "./cpu-time.ts";

const SOCKETS = 500;
const GOAL_RSS_MB = 60;
const GOAL_CPU_PERCENT = 0.2;
/** Starting is not what a guest weighs: the figures begin after it. */
const SETTLE_MS = 20_000;
const MEASURE_MS = 75_000;
const AGENT = resolve(import.meta.dirname, "../../agent");

const print = (text: string): boolean => process.stdout.write(`${text}\n`);

async function main(role: string | undefined): Promise<number> {
  if (role === "inside") return measure();
  if (process.getuid?.() !== 0) {
    print("agent footprint: needs root, to make a network namespace (unshare -n)");
    return 1;
  }
  return (
    spawnSync("unshare", ["-n", process.execPath, import.meta.filename, "inside"], { stdio: "inherit" }).status ?? 1
  );
}

async function measure(): Promise<number> {
  const root = mkdtempSync(join(tmpdir(), "portolan-footprint-"));
  const children: ChildProcess[] = [];
  try {
    spawnSync("ip", ["link", "set", "lo", "up"]);
    await bundle(root);
    const collector = await collectorDouble();
    await holdSockets();
    const start = (name: string, program: string[]): Candidate => {
      const child = spawn(process.execPath, program, {
        stdio: ["ignore", "ignore", "inherit"],
        env: { PATH: "/usr/sbin:/usr/bin:/sbin:/bin", NODE_COMPILE_CACHE: join(root, "compile-cache") },
      });
      children.push(child);
      return { name, child, pid: child.pid ?? 0, peakRssMb: 0 };
    };
    const agent = (program: string, state: string): string[] => {
      mkdirSync(join(root, state));
      const identity = { agentId: state, secret: "double", url: `http://127.0.0.1:${collector.port}`, site: "double" };
      writeFileSync(join(root, state, "identity.json"), JSON.stringify(identity), { mode: 0o600 });
      const config = join(root, `${state}.json`);
      writeFileSync(config, JSON.stringify({ logLevel: "warn" }));
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
    const fromSource = start("agent, from source", agent(source, "source"));
    const candidates = [bare, bundled, fromSource];

    await observe(candidates, SETTLE_MS);
    const before = new Map(candidates.map((candidate) => [candidate, cpuSecondsOf(candidate.pid) * 1000]));
    const reportsBefore = collector.reports.length;
    await observe(candidates, MEASURE_MS);
    print(`${SOCKETS} sockets and more, one look each 15 s, ${MEASURE_MS / 1000} s, loopback collector double`);
    const cpuPercent = (candidate: Candidate): number =>
      ((cpuSecondsOf(candidate.pid) * 1000 - (before.get(candidate) ?? 0)) / MEASURE_MS) * 100;
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
    const met = memoryMb(bundled.pid).rss <= GOAL_RSS_MB && cpuPercent(bundled) <= GOAL_CPU_PERCENT && reports > 0;
    print(`goal: RSS at most ${GOAL_RSS_MB} MB, CPU at most ${GOAL_CPU_PERCENT} %: ${met ? "met" : "MISSED"}`);
    return met ? 0 : 1;
  } finally {
    await Promise.all(children.map((child) => stop(child)));
    rmSync(root, { recursive: true, force: true });
  }
}

interface Candidate {
  name: string;
  child: ChildProcess;
  pid: number;
  peakRssMb: number;
}

/** Makes the agent one CommonJS file, as packaging does, and its inventory child another beside it. */
async function bundle(outDir: string): Promise<void> {
  const common = {
    root: AGENT,
    configFile: false,
    logLevel: "error",
    ssr: { noExternal: true, target: "node" },
  } as const;
  const output = { outDir, emptyOutDir: false, minify: true, target: "node24" };
  const one = { format: "cjs", codeSplitting: false, entryFileNames: "portolan-agent.cjs" } as const;
  await build({ ...common, build: { ...output, ssr: "src/main.ts", rolldownOptions: { output: one } } });
  const child = { format: "es", entryFileNames: "child.ts" } as const;
  await build({ ...common, build: { ...output, ssr: "src/inventory/child.ts", rolldownOptions: { output: child } } });
}

/** Takes every report and keeps the number of its flows. */
async function collectorDouble(): Promise<{ port: number; reports: number[] }> {
  const { gunzipSync } = await import("node:zlib");
  const reports: number[] = [];
  const server = createHttpServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const report: { flows: unknown[] } = JSON.parse(gunzipSync(Buffer.concat(chunks)).toString());
      reports.push(report.flows.length);
      response.end(JSON.stringify({ applied: true, duplicate: false, rejected: [], unknownKeys: 0, instructions: {} }));
    });
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return { port: portOf(server.address()), reports };
}

/** Opens both ends of connections to 25 servers, and one short connection each second, which leaves TIME_WAIT rows. */
async function holdSockets(): Promise<void> {
  const kept: Socket[] = [];
  const ports: number[] = [];
  for (let index = 0; index < 25; index++) {
    const server = createServer((socket) => void kept.push(socket.on("error", () => {}))).listen(0, "127.0.0.1");
    await once(server, "listening");
    ports.push(portOf(server.address()));
  }
  for (let index = 0; index < SOCKETS / 2; index++) {
    const socket = connect(ports[index % ports.length] ?? 0, "127.0.0.1");
    await once(socket, "connect");
    kept.push(socket);
  }
  setInterval(() => {
    const socket = connect(ports[0] ?? 0, "127.0.0.1", () => socket.end());
    socket.on("error", () => {});
  }, 1000).unref();
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

function memoryMb(pid: number): { rss: number; privateMemory: number } {
  const text = readFileSync(`/proc/${pid}/smaps_rollup`, "utf8");
  const kilobytes = (pattern: RegExp): number =>
    [...text.matchAll(pattern)].reduce((sum, match) => sum + Number(match[1]), 0);
  // Megabytes of 2^20 bytes, as the goal and the dependency notes mean them.
  return { rss: kilobytes(/^Rss:\s+(\d+)/gm) / 1024, privateMemory: kilobytes(/^Private_\w+:\s+(\d+)/gm) / 1024 };
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const closed = once(child, "close");
  child.kill("SIGTERM");
  const timer = setTimeout(() => child.kill("SIGKILL"), 8000);
  await closed;
  clearTimeout(timer);
}

process.exitCode = await main(process.argv[2]);
// The sockets and the double would keep the process alive.
process.exit();
