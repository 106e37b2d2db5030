import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { type AcceptedReport, type ImportedFlow, openThreadedStorage } from "@portolan/collector";
import Sqlite from "better-sqlite3";

/** SYNTHETIC: flows of many hosts, each with one day to move; a thousand of it with `node ageing.bench.ts 1000`. */
const FLOW_DAYS = Number(process.argv[2] ?? 1_000_000);
const IMPORT_ROWS = Number(process.argv[3] ?? 100_000);
const HOSTS = 100;
const DAY_MS = 86_400_000;
const NOW = Date.parse("2026-11-20T12:00:00Z");
const TODAY = Math.floor(NOW / DAY_MS);
const actor = { kind: "system", id: "bench" } as const;

function reportOf(host: number, number: number): AcceptedReport {
  return {
    agentId: `a${host}`,
    epoch: "0123456789abcdef",
    number,
    contentHash: `${host}-${number}`,
    receivedAt: NOW,
    skewMs: 0,
    agentVersion: "0.1.0",
    window: { from: NOW - 60_000, to: NOW },
    days: ["2026-11-20"],
    sources: [],
    flows: Array.from({ length: 40 }, (_, index) => ({
      protocol: "tcp",
      direction: "outbound",
      localAddress: `10.0.0.${host}`,
      remoteAddress: `10.1.0.${index}`,
      port: 443,
      guessed: false,
      connections: 1,
      failed: 0,
      firstSeen: NOW,
      lastSeen: NOW,
      day: "2026-11-20",
      sources: ["proc-net"],
      countsAreExact: false,
    })),
  };
}

function fill(path: string): void {
  const db = new Sqlite(path);
  const add = db.prepare("INSERT INTO flow VALUES (?, ?, 0, 0, 1, 6, 0, 0, ?, ?, 0, 0, NULL, 0, 1)");
  const addDay = db.prepare("INSERT INTO flow_day VALUES (?, ?, 1, 0, NULL, NULL, ?, ?)");
  db.transaction(() => {
    db.exec(`INSERT OR IGNORE INTO source_set VALUES (1, '["proc-net"]')`);
    for (let flow = 1; flow <= FLOW_DAYS; flow += 1) {
      add.run(flow, (flow % HOSTS) + 1, flow % 60_000, Math.floor(flow / 60_000));
      for (const day of [TODAY - 63, TODAY - 20, TODAY - 1]) addDay.run(flow, day, day * DAY_MS, day * DAY_MS);
    }
  })();
  db.close();
}

function percentile(times: number[], share: number): string {
  const sorted = times.toSorted((a, b) => a - b);
  return `${(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0).toFixed(1)} ms`;
}

function line(what: string, times: number[], seconds: number): void {
  const figures = [0.5, 0.99, 1].map((share) => percentile(times, share)).join(" / ");
  process.stdout.write(`${what}: ${seconds.toFixed(1)} s; ${times.length} reports p50/p99/max ${figures}\n`);
}

const dataDir = await mkdtemp(join(tmpdir(), "portolan-bench-"));
try {
  let storage = await openThreadedStorage({ dataDir });
  await storage.createToken({ id: "t", kind: "enrolment", createdAt: NOW, hash: "h" }, actor);
  for (let host = 1; host <= HOSTS; host += 1) {
    const agent = { agentId: `a${host}`, secretHash: `s${host}`, site: "synthetic", hostname: `synthetic-${host}` };
    await storage.enrol("t", { ...agent, timeZone: "UTC", agentVersion: "0.1.0", at: NOW }, 0);
  }
  let number = 0;
  /** 100 reports of 40 flows a second, one after the other where that is too fast, until the work is done. */
  async function beside(what: string, work: () => Promise<unknown>): Promise<void> {
    const times: number[] = [];
    const done = new AbortController();
    const from = performance.now();
    const worked = work().finally(() => done.abort());
    const sending: Promise<unknown>[] = [];
    while (!done.signal.aborted) {
      number += 1;
      const sent = performance.now();
      const report = reportOf((number % HOSTS) + 1, number);
      sending.push(storage.saveReports([report]).then(() => times.push(performance.now() - sent)));
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    await worked;
    await Promise.all(sending);
    line(what, times, (performance.now() - from) / 1000);
  }
  await storage.saveReports([reportOf(1, ++number)]);
  await storage.close();
  fill(join(dataDir, "portolan.db"));
  storage = await openThreadedStorage({ dataDir });

  await beside("alone", () => new Promise((resolve) => setTimeout(resolve, 5000)));
  await beside(`roll-up of ${FLOW_DAYS} flow days`, async () => {
    // As the collector's job does: with a pause as long as the step.
    for (let hasMore = true; hasMore;) {
      const from = performance.now();
      hasMore = await storage.ageEvidence(NOW);
      await new Promise((resolve) => setTimeout(resolve, 2 + performance.now() - from));
    }
  });
  const flows: ImportedFlow[] = Array.from({ length: IMPORT_ROWS }, (_, index) => ({
    site: "synthetic",
    client: { address: `10.${index >> 16}.${(index >> 8) & 255}.${index & 255}` },
    server: { name: `server-${index % 500}` },
    protocol: "tcp",
    port: 443,
    firstSeen: NOW,
    lastSeen: NOW,
    day: "2026-11-20",
    connections: 1,
    clientProcess: "app",
  }));
  const record = { format: "flows-csv", fileName: "synthetic.csv", contentHash: "c", at: NOW, items: flows.length };
  await beside(`import of ${IMPORT_ROWS} rows`, () => storage.saveImport({ id: "i1", ...record }, { flows }, actor));
  await beside("its undo", () => storage.undoImport("i1", NOW, actor));
  await storage.close();
} finally {
  await rm(dataDir, { recursive: true });
}
