import { createHash } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { Agent } from "node:http";
import { performance } from "node:perf_hooks";
import { fileURLToPath } from "node:url";
import { join } from "node:path";
import {
  type AcceptedFlow,
  type AcceptedReport,
  openStorage,
  openThreadedStorage,
  type Storage,
} from "@portolan/collector";
import Sqlite from "better-sqlite3";
import { freePort, openWorkplace } from "../e2e/local-collector.ts";
import { postReport, reportBody } from "../e2e/synthetic-agent.ts";
import { cpuSecondsOf } from "./cpu-time.ts";

/** SYNTHETIC reports: each of 100 flows that its host repeats, half of them known from the report before. */
const FLOWS_PER_REPORT = 100;
const HOSTS = 20;
const REPORTS_PER_HOST = Number(process.argv[2] ?? 100);
/** Reports that one transaction takes, here and there; of the thread and over HTTP, those that wait at a time. */
const GROUP = Number(process.argv[3] ?? 32);
/** Reports over HTTP before the clock runs: a program just started compiles itself. */
const WARM_UP = 400;
const START = Date.parse("2026-11-20T00:00:00Z");

/** Shared by the flows of a report, as acceptReport hands them on. */
const PROCESSES = Array.from({ length: 10 }, (_, index) => ({ name: `process-${index}`, user: "app" }));

function flowOf(host: number, report: number, index: number): AcceptedFlow {
  const peer = (index + report * 50) % 2000;
  return {
    protocol: "tcp",
    direction: index % 2 === 0 ? "inbound" : "outbound",
    localAddress: `10.0.0.${host}`,
    remoteAddress: `10.1.${peer >> 8}.${peer & 255}`,
    port: [80, 443, 1433, 5432][index % 4] ?? 80,
    process: PROCESSES[index % 10] ?? { name: "none" },
    guessed: false,
    connections: 1,
    failed: 0,
    firstSeen: START,
    lastSeen: START + report * 60_000,
    day: "2026-11-20",
    sources: ["proc-net"],
    countsAreExact: false,
  };
}

const reports: AcceptedReport[] = [];
for (let number = 1; number <= REPORTS_PER_HOST; number += 1) {
  for (let host = 1; host <= HOSTS; host += 1) {
    const from = START + number * 60_000;
    reports.push({
      agentId: `a${host}`,
      epoch: "0123456789abcdef",
      number,
      contentHash: `${host}-${number}`,
      receivedAt: from,
      skewMs: 0,
      agentVersion: "0.1.0",
      window: { from, to: from + 60_000 },
      days: ["2026-11-20"],
      sources: [],
      flows: Array.from({ length: FLOWS_PER_REPORT }, (_, index) => flowOf(host, number, index)),
    });
  }
}

function groups<T>(items: readonly T[]): T[][] {
  const count = Math.ceil(items.length / GROUP);
  return Array.from({ length: count }, (_, index) => items.slice(index * GROUP, (index + 1) * GROUP));
}

async function enrolAll(storage: Storage): Promise<void> {
  const actor = { kind: "system", id: "bench" } as const;
  await storage.createToken({ id: "t", kind: "enrolment", createdAt: START, hash: "h" }, actor);
  for (let host = 1; host <= HOSTS; host += 1) {
    const secretHash = createHash("sha256").update(`s${host}`).digest("hex");
    const agent = { agentId: `a${host}`, secretHash, site: "synthetic", hostname: `synthetic-${host}` };
    await storage.enrol("t", { ...agent, timeZone: "UTC", agentVersion: "0.1.0", at: START }, 0);
  }
}

async function throughStorage(dataDir: string): Promise<number> {
  const storage = await openStorage({ dataDir });
  await enrolAll(storage);
  const from = performance.now();
  for (const group of groups(reports)) await storage.saveReports(group);
  const seconds = (performance.now() - from) / 1000;
  await storage.close();
  return seconds;
}

/** Hands each item to one of GROUP workers that wait for their answers. */
async function inParallel<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<number> {
  const from = performance.now();
  let next = 0;
  async function worker(): Promise<void> {
    for (let item = items[next++]; item !== undefined; item = items[next++]) await work(item);
  }
  await Promise.all(Array.from({ length: GROUP }, worker));
  return (performance.now() - from) / 1000;
}

/** A report a call, as the route makes them: the thread groups what waits. */
async function throughThread(dataDir: string): Promise<number> {
  const storage = await openThreadedStorage({ dataDir });
  await enrolAll(storage);
  const seconds = await inParallel(reports, async (report) => void (await storage.saveReports([report])));
  await storage.close();
  return seconds;
}

interface OverHttp {
  reports: number;
  seconds: number;
  /** CPU of the collector, and of this process, which is the load. */
  collectorSeconds: number;
  loadSeconds: number;
}

/** Packed reports to a collector in a process of its own, over kept connections. This process is the load. */
async function throughHttp(dataDir: string): Promise<OverHttp> {
  const storage = await openStorage({ dataDir });
  await enrolAll(storage);
  await storage.close();
  const workplace = openWorkplace();
  const connections = new Agent({ keepAlive: true, maxSockets: GROUP });
  try {
    const port = await freePort();
    const serving = await workplace.serve(dataDir, port);
    const bodies = reports.map(({ agentId, number }) => ({
      sender: { id: agentId, secret: `s${agentId.slice(1)}` },
      body: reportBody(agentId, number, FLOWS_PER_REPORT),
    }));
    const post = async ({ sender, body }: (typeof bodies)[number]) => {
      const answer = await postReport(`http://127.0.0.1:${port}`, sender, body, connections);
      if (answer?.status !== 200) throw new Error(`a report was answered with ${answer?.status}: ${answer?.body}`);
    };
    await inParallel(bodies.splice(0, WARM_UP), post);
    const own = process.cpuUsage();
    const cpuBefore = cpuSecondsOf(serving.pid ?? 0);
    const seconds = await inParallel(bodies, post);
    const collectorSeconds = cpuSecondsOf(serving.pid ?? 0) - cpuBefore;
    const { user, system } = process.cpuUsage(own);
    return { reports: bodies.length, seconds, collectorSeconds, loadSeconds: (user + system) / 1e6 };
  } finally {
    connections.destroy();
    workplace.close();
  }
}

/** The reference: the same rows into one table with a text key, by the same library, in the same transactions. */
function bare(path: string): number {
  const db = new Sqlite(path);
  db.pragma("journal_mode = WAL");
  db.pragma("synchronous = FULL");
  db.exec(`CREATE TABLE flow (host TEXT, direction TEXT, protocol TEXT, local TEXT, remote TEXT, port INTEGER,
    process TEXT, day TEXT, connections INTEGER, failed INTEGER, first_seen INTEGER, last_seen INTEGER,
    PRIMARY KEY (host, direction, protocol, local, remote, port, process, day)) WITHOUT ROWID`);
  const upsert = db.prepare<(string | number)[]>(`INSERT INTO flow VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT DO UPDATE SET connections = connections + excluded.connections, failed = failed + excluded.failed,
      first_seen = min(first_seen, excluded.first_seen), last_seen = max(last_seen, excluded.last_seen)`);
  const save = db.transaction((group: readonly AcceptedReport[]) => {
    for (const { agentId, flows } of group) {
      for (const flow of flows) {
        const { direction, protocol, localAddress, remoteAddress, port, process: program, day } = flow;
        const key = [agentId, direction, protocol, localAddress, remoteAddress, port, program?.name ?? "", day];
        upsert.run(...key, flow.connections, flow.failed, flow.firstSeen, flow.lastSeen);
      }
    }
  });
  const from = performance.now();
  for (const group of groups(reports)) save.immediate(group);
  const seconds = (performance.now() - from) / 1000;
  db.close();
  return seconds;
}

// Beside this file, not in /tmp: that may be memory, where nothing costs a flush.
const folder = await mkdtemp(fileURLToPath(new URL(".ingest-", import.meta.url)));
try {
  const rows = reports.length * FLOWS_PER_REPORT;
  const best = { bare: Infinity, storage: Infinity, thread: Infinity };
  for (let round = 0; round < 3; round += 1) {
    best.bare = Math.min(best.bare, bare(join(folder, `bare-${round}.db`)));
    best.storage = Math.min(best.storage, await throughStorage(join(folder, `storage-${round}`)));
    best.thread = Math.min(best.thread, await throughThread(join(folder, `thread-${round}`)));
  }
  const http = await throughHttp(join(folder, "http"));
  const print = (name: string, secondsPerReport: number) =>
    process.stdout.write(
      `  ${name.padEnd(36)} ${Math.round(FLOWS_PER_REPORT / secondsPerReport)} rows/s, ` +
        `${Math.round(1 / secondsPerReport)} reports/s, ${(bareSeconds / secondsPerReport).toFixed(2)} of bare\n`,
    );
  const bareSeconds = best.bare / reports.length;
  process.stdout.write(
    `ingest, ${rows} rows, ${FLOWS_PER_REPORT} a report, ${GROUP} reports a commit (or waiting at a time), ` +
      `synchronous=FULL, best of 3, HTTP once after ${WARM_UP} reports:\n`,
  );
  print("bare upserts", bareSeconds);
  print("saveReports", best.storage / reports.length);
  print("saveReports of the writing thread", best.thread / reports.length);
  print("POST /reports, gzip, loopback", http.seconds / http.reports);
  const milliseconds = (seconds: number) => ((seconds / http.reports) * 1000).toFixed(2);
  process.stdout.write(
    `  CPU a report over HTTP: collector ${milliseconds(http.collectorSeconds)} ms, ` +
      `load generator ${milliseconds(http.loadSeconds)} ms\n`,
  );
} finally {
  await rm(folder, { recursive: true });
}
