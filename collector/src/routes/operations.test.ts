import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openStorage } from "../storage/open.ts";
import { sampleFlow, sampleReport } from "../testing/sample-report.ts";
import { startTestCollector, type TestCollector } from "../testing/test-collector.ts";

let collector: TestCollector;
let folder: string;
beforeEach(async () => {
  collector = await startTestCollector();
  folder = mkdtempSync(join(tmpdir(), "portolan-operations-"));
});
afterEach(async () => {
  await collector.close();
  rmSync(folder, { recursive: true });
});

const metrics = async () => (await collector.call(collector.secrets.viewer, { method: "GET", url: "/metrics" })).body;

const send = (secret: string, payload: object) =>
  collector.call(secret, { method: "POST", url: "/api/v1/reports", payload });

test("metrics count what came of the reports, and tell of agents and database", async () => {
  const { agentId, secret } = await collector.enrol("app01");
  await collector.enrol("silent01");
  const first = sampleReport(agentId, { flows: [sampleFlow("inbound", "10.0.0.1", "10.0.0.2", 443)] });
  await send(secret, first);
  await send(secret, first);
  await send(secret, { ...first, flows: [] });
  const spool = { reports: 7, bytes: 9000, quarantined: 1, merged: 2 };
  const agent = { id: agentId, version: "0.1.0", spool };
  await send(secret, { ...sampleReport(agentId, { number: 2 }), agent, flows: [{}, {}] });
  await send(secret, { nothing: true });
  await send("no secret", first);
  collector.clock.now += 60_000;
  const text = await metrics();
  for (const line of [
    'portolan_reports_total{outcome="applied"} 2',
    'portolan_reports_total{outcome="duplicate"} 1',
    'portolan_reports_total{outcome="conflict"} 1',
    'portolan_reports_total{outcome="refused"} 2',
    "portolan_rejected_items_total 2",
    "portolan_ingest_duration_seconds_count 5",
    'portolan_agents{state="reporting"} 1',
    'portolan_agents{state="silent"} 1',
    "portolan_agents_with_conflicts 1",
    "portolan_last_report_age_seconds 60",
    'portolan_report_lag_seconds_bucket{le="300"} 4',
    "portolan_agent_spool_reports 7",
    "portolan_agent_spool_bytes_max 9000",
    "portolan_agent_quarantined_reports 1",
    "portolan_agent_merged_reports 2",
  ])
    expect(text.split("\n")).toContain(line);
  expect(text).toMatch(/^portolan_database_bytes [1-9]\d{4,}$/m);
  expect(text).not.toContain(agentId);
});

test("metrics are for whoever may read", async () => {
  expect((await collector.app.inject("/metrics")).statusCode).toBe(401);
  const { secret } = await collector.enrol("app01");
  expect((await collector.call(secret, { method: "GET", url: "/metrics" })).statusCode).toBe(403);
  const answer = await collector.call(collector.secrets.viewer, { method: "GET", url: "/metrics" });
  expect(answer.headers["content-type"]).toContain("text/plain; version=0.0.4");
});

test("a backup is whole while reports go on: it opens, and has all that was answered before", async () => {
  const { agentId, secret } = await collector.enrol("app01");
  const flows = Array.from({ length: 200 }, (_, index) => sampleFlow("inbound", "10.0.0.1", `10.1.0.${index}`, 443));
  let answered = 0;
  const ingesting = new AbortController();
  const ingest = async () => {
    while (!ingesting.signal.aborted) {
      await send(secret, sampleReport(agentId, { number: answered + 1, flows }));
      answered += 1;
    }
  };
  for (; answered < 20; answered += 1) await send(secret, sampleReport(agentId, { number: answered + 1, flows }));
  const ingested = ingest();
  const answer = await collector.call(collector.secrets.admin, { method: "POST", url: "/api/v1/backups" });
  ingesting.abort();
  await ingested;
  expect(answer.statusCode).toBe(200);
  expect(answer.headers["content-type"]).toBe("application/vnd.sqlite3");
  writeFileSync(join(folder, "portolan.db"), answer.rawPayload);
  const copy = await openStorage({ dataDir: folder });
  const [flow] = await copy.listFlows();
  expect(flow?.connectionsByDay[0]?.connections).toBeGreaterThanOrEqual(20 * 3);
  await copy.close();
  expect((await collector.storage.listAudit(1))[0]).toMatchObject({ action: "backup.make", actor: "token:test-admin" });
});

test("a backup is for admins, and leaves nothing behind in the data folder", async () => {
  const refused = await collector.call(collector.secrets.editor, { method: "POST", url: "/api/v1/backups" });
  expect(refused.statusCode).toBe(403);
  const path = await collector.storage.makeBackup(1, { kind: "system", id: "test" });
  rmSync(path);
  await collector.call(collector.secrets.admin, { method: "POST", url: "/api/v1/backups" });
  await expect.poll(() => readdirSync(join(path, "..")).filter((name) => name.includes("backup"))).toEqual([]);
});
