/**
 * 10,000 SYNTHETIC agents over TLS with kept connections: a report a minute of 40 flows each for five minutes, the last
 * of them while a spreadsheet of 100,000 dependencies is written; then the collector is killed and started again, and
 * 500 reports a second come for two minutes. In a network namespace of its own, as the collector speaks TLS only beyond
 * loopback. The load generator is a process of its own, its CPU counted apart. Exits with 1 below a goal. 12 minutes.
 *
 * node test/bench/load.bench.ts [agents] [minutes] [storm seconds]
 */
import { fork, spawnSync, type ChildProcess } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { request } from "node:https";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { fileURLToPath } from "node:url";
import { openStorage } from "@portolan/collector";
import Sqlite from "better-sqlite3";
import { openWorkplace } from "../e2e/local-collector.ts";
import { cpuSecondsOf } from "./cpu-time.ts";
import { FLOWS_PER_REPORT, type LoadFigures, type LoadPhase, type LoadSettings } from "./load-generator.ts";

const INSIDE = "--inside";
const [AGENTS = 10_000, MINUTES = 5, STORM_SECONDS = 120] = process.argv
  .slice(2)
  .filter((argument) => argument !== INSIDE)
  .map(Number);
const STORM_RATE = 500;
const GOALS = { machineShare: 0.6, p99Ms: 250, cores: 2 };
const ADDRESS = "10.77.0.1";
const PORT = 7440;
const url = `https://${ADDRESS}:${PORT}`;

const print = (line: string) => process.stdout.write(`${line}\n`);
const quantile = (times: readonly number[], share: number) => times[Math.floor(times.length * share)] ?? Number.NaN;
const hash = (secret: string) => createHash("sha256").update(secret).digest("hex");
let isMissed = false;

function goal(text: string, isMet: boolean): void {
  isMissed ||= !isMet;
  print(`    goal: ${text}: ${isMet ? "met" : "MISSED"}`);
}

/** Again in a network namespace whose only address is the collector's. */
function inNamespace(): number {
  const setUp = `ip link set lo up && ip addr add ${ADDRESS}/32 dev lo && exec "$0" "$@"`;
  const own = [process.execPath, ...process.argv.slice(1), INSIDE];
  const user = process.getuid?.() === 0 ? [] : ["--map-root-user"];
  return spawnSync("unshare", ["--net", ...user, "sh", "-c", setUp, ...own], { stdio: "inherit" }).status ?? 1;
}

async function enrolAll(dataDir: string): Promise<void> {
  const storage = await openStorage({ dataDir });
  const actor = { kind: "system", id: "bench" } as const;
  const at = Date.now();
  await storage.createToken({ id: "t", kind: "enrolment", createdAt: at, hash: "h" }, actor);
  await storage.createToken({ id: "v", kind: "api", role: "viewer", createdAt: at, hash: hash("viewer") }, actor);
  for (let agent = 0; agent < AGENTS; agent += 1) {
    const own = { agentId: `a${agent}`, secretHash: hash(`s${agent}`), hostname: `synthetic-${agent}` };
    await storage.enrol("t", { ...own, site: "synthetic", timeZone: "UTC", agentVersion: "0.1.0", at }, 0);
  }
  await storage.close();
}

/** Bytes of a spreadsheet of everything, and how long it took. */
function exportXlsx(ca: string): Promise<{ bytes: number; seconds: number }> {
  const from = performance.now();
  return new Promise((resolve, reject) => {
    const headers = { authorization: "Bearer viewer" };
    request(`${url}/api/v1/exports/firewall?format=xlsx&scope=all`, { ca, headers }, (answer) => {
      let bytes = 0;
      answer.on("data", (chunk: Buffer) => (bytes += chunk.length));
      answer.on("end", () => {
        if (answer.statusCode === 200) resolve({ bytes, seconds: (performance.now() - from) / 1000 });
        else reject(new Error(`the export was answered with ${answer.statusCode}`));
      });
    })
      .on("error", reject)
      .end();
  });
}

/** Megabytes. */
function residentOf(pid: number): number {
  return Math.round(Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0) / 1024);
}

async function phase(child: ChildProcess, ask: LoadPhase): Promise<LoadFigures> {
  child.send(ask);
  const [figures] = (await once(child, "message")) as [LoadFigures];
  return figures;
}

/** Runs a phase beside which the collector's CPU and memory are watched. */
async function watched(name: string, pid: number, run: () => Promise<LoadFigures>): Promise<LoadFigures> {
  const before = cpuSecondsOf(pid);
  const memory = [residentOf(pid)];
  const watch = setInterval(() => memory.push(residentOf(pid)), 30_000);
  const figures = await run();
  clearInterval(watch);
  const share = (cpuSecondsOf(pid) - before) / figures.seconds / GOALS.cores;
  const generator = figures.cpuSeconds / figures.seconds / GOALS.cores;
  const { times } = figures;
  print(
    `  ${name}: ${figures.answered} reports in ${figures.seconds.toFixed(0)} s, ` +
      `p50 ${quantile(times, 0.5).toFixed(1)} ms, p99 ${quantile(times, 0.99).toFixed(1)} ms, ` +
      `longest ${(times.at(-1) ?? 0).toFixed(0)} ms\n` +
      `    collector ${(share * 100).toFixed(0)} % of ${GOALS.cores} cores, load generator ${(generator * 100).toFixed(0)} %, ` +
      `memory each half minute ${memory.join(", ")} MB, refused and sent again ${JSON.stringify(figures.refused)}`,
  );
  return { ...figures, cpuSeconds: share };
}

async function measure(folder: string): Promise<void> {
  const dataDir = join(folder, "data");
  await enrolAll(dataDir);
  const workplace = openWorkplace();
  const child = fork(fileURLToPath(new URL("load-generator.ts", import.meta.url)), { stdio: "inherit" });
  try {
    let serving = await workplace.serve(dataDir, PORT, [], ADDRESS);
    const ca = await readFile(join(dataDir, "tls", "ca.crt"), "utf8");
    const settings: LoadSettings = { url, ca, agents: AGENTS };
    child.send(settings);
    const perSecond = AGENTS / 60;
    let sent = 0;
    const next = (reports: number, rate: number): LoadPhase => {
      const from = 1 + Math.ceil(sent / AGENTS);
      sent += reports;
      return { reports, perSecond: rate, from };
    };
    const pid = () => serving.pid ?? 0;
    print(`${AGENTS} agents over TLS, a report a minute of ${FLOWS_PER_REPORT} flows each`);
    await watched("first minute: connecting, host facts", pid(), () => phase(child, next(AGENTS, perSecond)));
    const steady = await watched(`${MINUTES} minutes`, pid(), () => phase(child, next(AGENTS * MINUTES, perSecond)));
    goal(`at most ${GOALS.machineShare * 100} % of the machine`, steady.cpuSeconds <= GOALS.machineShare);
    goal(`p99 under ${GOALS.p99Ms} ms`, quantile(steady.times, 0.99) < GOALS.p99Ms);
    const exported = exportXlsx(ca);
    const busy = await watched("a minute with a spreadsheet", pid(), () => phase(child, next(AGENTS, perSecond)));
    const { bytes, seconds } = await exported;
    print(`    the spreadsheet: ${(bytes / 1e6).toFixed(1)} MB in ${seconds.toFixed(1)} s`);
    goal(`p99 under ${GOALS.p99Ms} ms while it is written`, quantile(busy.times, 0.99) < GOALS.p99Ms);
    goal(`at most ${GOALS.machineShare * 100} % of the machine`, busy.cpuSeconds <= GOALS.machineShare);
    process.kill(pid(), "SIGKILL");
    await serving.ended;
    serving = await workplace.serve(dataDir, PORT, [], ADDRESS);
    const storm = next(Math.round((STORM_RATE * STORM_SECONDS) / AGENTS) * AGENTS, STORM_RATE);
    const stormy = await watched("storm after a kill", pid(), () => phase(child, storm));
    goal("every report of the storm answered", stormy.answered === storm.reports);
    await serving.stop();
    check(dataDir, sent);
    const size = (await stat(join(dataDir, "portolan.db"))).size;
    print(`  database ${(size / 1e6).toFixed(0)} MB, ${Math.round(size / (AGENTS * 10))} bytes a dependency`);
  } finally {
    child.kill();
    workplace.close();
  }
}

/** Each flow of each report counts one connection. */
function check(dataDir: string, reports: number): void {
  const db = new Sqlite(join(dataDir, "portolan.db"), { readonly: true });
  const counted = db.prepare<[], number>("SELECT sum(connections) FROM flow_day").pluck().get();
  db.close();
  goal(`all ${reports} reports counted, once each`, counted === reports * FLOWS_PER_REPORT);
}

async function main(): Promise<number> {
  // Beside this file, not in /tmp: that may be memory, where nothing costs a flush.
  const folder = await mkdtemp(fileURLToPath(new URL(".load-", import.meta.url)));
  try {
    await measure(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
  return isMissed ? 1 : 0;
}

process.exitCode = process.argv.includes(INSIDE) ? await main() : inNamespace();
