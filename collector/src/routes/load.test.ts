import { afterEach, beforeEach, expect, it } from "vitest";
import type { LoadItem, PlanDocument } from "@portolan/api";
import { sampleHost, sampleReport } from "../testing/sample-report.ts";
import { startTestCollector, type TestCollector } from "../testing/test-collector.ts";

const HOUR_MS = 3_600_000;

let collector: TestCollector;
beforeEach(async () => {
  collector = await startTestCollector();
});
afterEach(() => collector.close());

const get = (path: string) => collector.call(collector.secrets.viewer, { url: `/api/v1${path}` });

const at = (ms: number) => new Date(ms).toISOString();

/** SYNTHETIC: a report with that many hours of load, each with a gigabyte written. */
async function report(name: string, address: string, hours: number): Promise<string> {
  const { agentId, secret } = await collector.enrol(name);
  const to = collector.clock.now;
  const load = Array.from({ length: hours }, (_, index) => ({
    from: at(to - (index + 1) * HOUR_MS),
    to: at(to - index * HOUR_MS - 1),
    cpu: { ms: HOUR_MS, mean: 0.25, peak: 0.75 },
    memory: { samples: 240, mean: 2e9, peak: 3e9 },
    network: { ms: HOUR_MS, bytesIn: 5, bytesOut: 6, peakIn: 7, peakOut: 8 },
    volumes: [
      { mount: "/var", written: { ms: HOUR_MS, bytes: 1e9, peak: 1e6 }, used: { samples: 60, mean: 4e9, peak: 5e9 } },
      { mount: "/", used: { samples: 60, mean: 1e9, peak: 1e9 } },
    ],
  }));
  const payload = {
    ...sampleReport(agentId, { host: sampleHost(name, address) }),
    window: { from: at(to), to: at(to) },
    sentAt: at(to),
    load,
  };
  const answer = await collector.call(secret, { method: "POST", url: "/api/v1/reports", payload });
  expect(answer.json()).toMatchObject({ applied: true, rejected: [], unknownKeys: 0 });
  const hosts = (await get(`/hosts?host=${name}`)).json<{ items: { id: string }[] }>();
  return hosts.items[0]?.id ?? "";
}

it("tells a viewer what a host did, page by page, in the days asked for", async () => {
  const id = await report("web1", "10.1.0.5", 30);
  const page = (await get(`/hosts/${id}/load?limit=2`)).json<{ items: LoadItem[]; nextCursor: string }>();
  expect(page.items).toHaveLength(2);
  expect(page.items[0]).toEqual({
    id: "2026-03-09T06:00:00.000Z",
    day: "2026-03-09",
    hour: "2026-03-09T06:00:00.000Z",
    measuredSeconds: 3600,
    cpu: { average: 0.25, peak: 0.75 },
    memoryBytes: { average: 2e9, peak: 3e9 },
    network: { bytesIn: 5, bytesOut: 6, peakIn: 7, peakOut: 8 },
    volumes: [
      { mount: "/", usedBytes: { average: 1e9, peak: 1e9 } },
      { mount: "/var", bytesWritten: 1e9, peakWritten: 1e6, usedBytes: { average: 4e9, peak: 5e9 } },
    ],
  });
  const next = await get(`/hosts/${id}/load?limit=2&cursor=${encodeURIComponent(page.nextCursor)}`);
  expect(next.json<{ items: LoadItem[] }>().items[0]?.hour).toBe("2026-03-09T08:00:00.000Z");
  // In Seoul it is nine in the evening of the 10th.
  const today = (await get(`/hosts/${id}/load?since=2026-03-10`)).json<{ items: LoadItem[] }>();
  expect(today.items).toHaveLength(21);
});

it("names the host or the time that it does not know", async () => {
  const id = await report("web1", "10.1.0.5", 1);
  expect((await get("/hosts/h99/load")).json()).toMatchObject({ status: 404, code: "not_found" });
  expect((await get(`/hosts/${id}/load?since=soon`)).json()).toMatchObject({
    status: 400,
    issues: [{ path: "since" }],
  });
  expect((await collector.call("wrong", { url: `/api/v1/hosts/${id}/load` })).statusCode).toBe(401);
});

it("a plan says what is written per day to the disks of hosts that were measured for a day", async () => {
  await report("web1", "10.1.0.5", 48);
  await report("web2", "10.1.0.6", 23);
  const answer = await collector.call(collector.secrets.editor, {
    method: "POST",
    url: "/api/v1/plans",
    payload: { maxDataGBPerWave: 1000 },
  });
  const plan = answer.json<PlanDocument>();
  expect(plan.waves).toMatchObject([
    {
      dataGB: 80,
      changedGBPerDay: 24,
      data: [
        { host: "web1", dataGB: 40, changedGBPerDay: 24 },
        { host: "web2", dataGB: 40 },
      ],
    },
  ]);
  expect(plan.waves[0]?.data?.[1]).not.toHaveProperty("changedGBPerDay");
  expect(plan.warnings).toContain("what is written per day is not known of 1 servers and counts as 0 GB");
});
