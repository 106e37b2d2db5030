import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { AcceptedFlow, AcceptedReport } from "../storage/accepted-report.ts";
import { sampleHost } from "../testing/sample-report.ts";
import { startTestCollector, type TestCollector } from "../testing/test-collector.ts";

const DAY_MS = 86_400_000;
const DAYS = 200;

let collector: TestCollector;
beforeEach(async () => {
  collector = await startTestCollector();
});
afterEach(async () => {
  vi.useRealTimers();
  await collector.close();
});

async function age(): Promise<void> {
  while (await collector.storage.ageEvidence(collector.clock.now));
}

const get = (path: string) => collector.call(collector.secrets.editor, { url: `/api/v1${path}` });
const json = async <T>(path: string) => (await get(path)).json<T>();

function dayOf(before: number): string {
  return new Date(collector.clock.now - before * DAY_MS).toISOString().slice(0, 10);
}

function flow(before: number, more: Partial<AcceptedFlow>): AcceptedFlow {
  const at = collector.clock.now - before * DAY_MS;
  return {
    protocol: "tcp",
    direction: "outbound",
    localAddress: "10.1.0.5",
    remoteAddress: "10.2.0.9",
    port: 5432,
    guessed: false,
    connections: 1,
    failed: 0,
    bytesSent: 100,
    firstSeen: at,
    lastSeen: at + 1000,
    day: dayOf(before),
    sources: ["proc-net"],
    countsAreExact: false,
    ...more,
  };
}

const INBOUND = { direction: "inbound", localAddress: "10.2.0.9", remoteAddress: "10.1.0.5" } as const;

/** SYNTHETIC: a report a day of each of two hosts, for 200 days, and what they saw of each other and of others. */
async function watch(serverSaw: (before: number) => number): Promise<void> {
  const reportOf = (agentId: string, before: number, flows: AcceptedFlow[]): AcceptedReport => {
    const to = collector.clock.now - before * DAY_MS;
    const [name, address] = agentId === client.agentId ? ["web1", "10.1.0.5"] : ["db1", "10.2.0.9"];
    return {
      agentId,
      epoch: "0123456789abcdef",
      number: DAYS - before + 1,
      contentHash: `${agentId} ${before}`,
      receivedAt: to,
      skewMs: 0,
      agentVersion: "0.1.0",
      window: { from: to - 60_000, to },
      days: [dayOf(before)],
      sources: [],
      ...(before === 0 && { host: sampleHost(name ?? "", address ?? "") }),
      flows,
    };
  };
  const [client, server] = [await collector.enrol("web1"), await collector.enrol("db1")];
  for (let before = DAYS; before >= 0; before -= 1) {
    // Month-end work: seen on two days of each month.
    const isMonthEnd = /-(01|28)$/.test(dayOf(before));
    await collector.storage.saveReports([
      reportOf(client.agentId, before, [
        flow(before, { connections: 10 }),
        ...(isMonthEnd ? [flow(before, { port: 8443, failed: 1 })] : []),
      ]),
      reportOf(server.agentId, before, [
        flow(before, { ...INBOUND, connections: serverSaw(before) }),
        flow(before, { ...INBOUND, remoteAddress: "10.9.0.1", port: 22 }),
      ]),
    ]);
  }
}

const PATHS = ["/coverage", "/firewall/rules?scope=all", "/firewall/matrix", "/graph?level=host"];
const PATHS_OF_PERIOD = [
  "/dependencies?limit=1000",
  "/flows?limit=1000",
  "/exports/firewall?format=json&scope=all",
  "/exports/firewall?format=xlsx&scope=all",
  "/exports/dependencies?format=csv",
];

it("shows the same dependencies, days, rules and spreadsheet whether old days are counted by day or by month", async () => {
  // Files inside a workbook carry the time at which they were packed, which is no part of what it says.
  vi.useFakeTimers({ toFake: ["Date"], now: collector.clock.now });
  await watch(() => 7);
  // Whole months, of which only the second is wholly older than 62 days.
  const periods = ["", "&since=2026-02-01", "&since=2025-10-01&until=2025-12-31", "&until=2025-11-30"];
  const all = [...PATHS, ...PATHS_OF_PERIOD.flatMap((path) => periods.map((period) => path + period))];
  const answers = async () => {
    const found: [string, number, unknown][] = [];
    for (const path of all) {
      const answer = await get(path);
      const {
        revision: _revision,
        asOf: _asOf,
        ...rest
      } = path.includes("format=") ? {} : answer.json<Record<string, unknown>>();
      found.push([path, answer.statusCode, path.includes("format=") ? answer.rawPayload.toString("base64") : rest]);
    }
    return found;
  };
  const before = await answers();
  expect(before.filter(([, status]) => status !== 200)).toEqual([]);
  await age();
  const after = await answers();
  for (const [index, answer] of before.entries()) expect(after[index]).toEqual(answer);
});

it("says at least where an edge of the period cuts a month, and keeps days and rules", async () => {
  await watch(() => 7);
  const path = "/dependencies?since=2025-11-10&until=2025-12-20";
  const rulesPath = "/exports/firewall?format=json&scope=all&since=2025-11-10&until=2025-12-20";
  type List = { items: { serverPort: number; days: number; connections: number; lowerBound: boolean }[] };
  const before = await json<List>(path);
  const rules = await json<{ rules: { id: string; evidence: { days: number } }[] }>(rulesPath);
  await age();
  const after = await json<List>(path);
  expect(after.items.map(({ serverPort, days }) => [serverPort, days])).toEqual(
    before.items.map(({ serverPort, days }) => [serverPort, days]),
  );
  for (const [index, entry] of after.items.entries()) {
    expect(entry.lowerBound).toBe(true);
    expect(entry.connections).toBeLessThanOrEqual(before.items[index]?.connections ?? 0);
  }
  const rulesAfter = await json<typeof rules>(rulesPath);
  expect(rulesAfter.rules.map(({ id, evidence }) => [id, evidence.days])).toEqual(
    rules.rules.map(({ id, evidence }) => [id, evidence.days]),
  );
  expect(rules.rules.length).toBeGreaterThan(0);
  const flows = await json<{ items: { lowerBound?: boolean }[] }>(path.replace("/dependencies", "/flows"));
  expect(flows.items.every(({ lowerBound }) => lowerBound === true)).toBe(true);
});

it("where the ends outdid each other on different days, a month's count is a lower bound of what it was", async () => {
  await watch((before) => (before % 2 === 0 ? 13 : 7));
  type List = { items: { serverPort: number; days: number; connections: number; lowerBound: boolean }[] };
  const ofDatabase = async () => (await json<List>("/dependencies?port=5432")).items[0];
  const before = await ofDatabase();
  await age();
  const after = await ofDatabase();
  expect(after).toMatchObject({ days: before?.days, lowerBound: true });
  expect(after?.connections).toBeLessThan(before?.connections ?? 0);
  // The larger sum of a month is never less than either end counted.
  expect(after?.connections).toBeGreaterThanOrEqual(201 * 10);
});
