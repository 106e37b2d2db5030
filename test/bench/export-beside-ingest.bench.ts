/**
 * How long POST /reports takes while the collector writes a spreadsheet of 100,000 dependencies, beside the same load
 * without one, in the same run. The collector runs in a process of its own; this process is the load. The load is open:
 * a report is due every few milliseconds whatever the answers do, and its time counts from when it was due. Exits with
 * 1 above the goal. Takes about a minute.
 */
import { createHash } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { Agent } from "node:http";
import { performance } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { type AcceptedFlow, openStorage } from "@portolan/collector";
import { freePort, openWorkplace } from "../e2e/local-collector.ts";
import { postReport, reportBody, type SyntheticAgent } from "../e2e/synthetic-agent.ts";

/** SYNTHETIC estate: each host calls 500 others, each on a port of its own. */
const HOSTS = 200;
const DEPENDENCIES_PER_HOST = Number(process.argv[2] ?? 500);
const REPORTS_PER_SECOND = Number(process.argv[3] ?? 50);
const FLOWS_PER_REPORT = 40;
const QUIET_MS = 8000;
const GOAL_P99_MS = 250;
const START = Date.parse("2026-11-20T00:00:00Z");

const hash = (secret: string) => createHash("sha256").update(secret).digest("hex");
const agents: SyntheticAgent[] = Array.from({ length: HOSTS }, (_, index) => ({
  id: `a${index}`,
  secret: `s${index}`,
}));
const print = (line: string) => process.stdout.write(`${line}\n`);

function dependencyOf(host: number, index: number): AcceptedFlow {
  const server = (host + 1 + index) % HOSTS;
  return {
    protocol: "tcp",
    direction: "outbound",
    localAddress: `10.0.${host >> 6}.${host & 63}`,
    remoteAddress: `10.0.${server >> 6}.${server & 63}`,
    port: 1000 + index,
    process: { name: "synthetic" },
    guessed: false,
    connections: 1,
    failed: 0,
    firstSeen: START,
    lastSeen: START + 60_000,
    day: "2026-11-20",
    sources: ["synthetic"],
    countsAreExact: false,
  };
}

/** Fills a store; its API token has the secret "viewer". */
async function fill(dataDir: string): Promise<void> {
  const storage = await openStorage({ dataDir });
  const actor = { kind: "system", id: "bench" } as const;
  await storage.createToken({ id: "t", kind: "enrolment", createdAt: START, hash: "h" }, actor);
  await storage.createToken({ id: "v", kind: "api", role: "viewer", createdAt: START, hash: hash("viewer") }, actor);
  for (const [host, { id, secret }] of agents.entries()) {
    const agent = { agentId: id, secretHash: hash(secret), site: "synthetic", hostname: `synthetic-${host}` };
    await storage.enrol("t", { ...agent, timeZone: "UTC", agentVersion: "0.1.0", at: START }, 0);
    const flows = Array.from({ length: DEPENDENCIES_PER_HOST }, (_, index) => dependencyOf(host, index));
    const window = { from: START, to: START + 60_000 };
    const key = { agentId: id, epoch: "fedcba9876543210", number: 1, contentHash: "filled", receivedAt: START };
    const rest = { skewMs: 0, agentVersion: "0.1.0", days: ["2026-11-20"], sources: [] };
    await storage.saveReports([{ ...key, ...rest, window, flows }]);
  }
  await storage.close();
}

/** Sends reports at the fixed rate until `done` resolves; milliseconds from due to answered, sorted. */
async function load(url: string, from: number, done: Promise<unknown>): Promise<{ times: number[]; next: number }> {
  const connections = new Agent({ keepAlive: true, maxSockets: 64 });
  const times: number[] = [];
  const running: Promise<void>[] = [];
  const state = { isDone: false };
  void done.then(() => (state.isDone = true));
  const start = performance.now();
  let sent = 0;
  for (; !state.isDone; sent += 1) {
    const due = start + (sent * 1000) / REPORTS_PER_SECOND;
    const wait = due - performance.now();
    if (wait > 0) await sleep(wait);
    const sender = agents[(from + sent) % HOSTS];
    if (!sender) continue;
    const number = Math.floor((from + sent) / HOSTS) + 1;
    running.push(
      postReport(url, sender, reportBody(sender.id, number, FLOWS_PER_REPORT), connections).then((answer) => {
        if (answer?.status !== 200) throw new Error(`a report was answered with ${answer?.status}: ${answer?.body}`);
        times.push(performance.now() - due);
      }),
    );
  }
  await Promise.all(running);
  connections.destroy();
  return { times: times.sort((a, b) => a - b), next: from + sent };
}

const quantile = (times: readonly number[], share: number) => times[Math.floor(times.length * share)] ?? Number.NaN;

function tell(name: string, times: readonly number[]): void {
  const shown = [0.5, 0.99, 1 - 1e-9].map((share) => quantile(times, share).toFixed(1));
  print(`  ${name.padEnd(24)} ${times.length} reports, p50 ${shown[0]} ms, p99 ${shown[1]} ms, longest ${shown[2]} ms`);
}

async function main(): Promise<number> {
  const folder = await mkdtemp(fileURLToPath(new URL(".export-", import.meta.url)));
  const workplace = openWorkplace();
  try {
    await fill(folder);
    const port = await freePort();
    const url = `http://127.0.0.1:${port}`;
    await workplace.serve(folder, port);
    print(
      `${REPORTS_PER_SECOND} reports a second of ${FLOWS_PER_REPORT} flows, ${HOSTS * DEPENDENCIES_PER_HOST} dependencies`,
    );
    const quiet = await load(url, 0, sleep(QUIET_MS));
    tell("without an export", quiet.times);
    const started = performance.now();
    const exported = fetch(`${url}/api/v1/exports/firewall?format=xlsx&scope=all`, {
      headers: { authorization: "Bearer viewer" },
    }).then(async (answer) => {
      if (answer.status !== 200) throw new Error(`the export was answered with ${answer.status}`);
      return { bytes: (await answer.arrayBuffer()).byteLength, seconds: (performance.now() - started) / 1000 };
    });
    const busy = await load(url, quiet.next, exported);
    const { bytes, seconds } = await exported;
    tell("during an export", busy.times);
    print(`  the spreadsheet: ${(bytes / 1e6).toFixed(1)} MB in ${seconds.toFixed(1)} s`);
    const met = quantile(busy.times, 0.99) < GOAL_P99_MS;
    print(`  goal: p99 under ${GOAL_P99_MS} ms during an export: ${met ? "met" : "MISSED"}`);
    return met ? 0 : 1;
  } finally {
    workplace.close();
    await rm(folder, { recursive: true });
  }
}

process.exitCode = await main();
