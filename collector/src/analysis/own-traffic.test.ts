import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { sampleFlow, sampleHost, sampleReport } from "../testing/sample-report.ts";
import { startTestCollector, type TestCollector } from "../testing/test-collector.ts";

let collector: TestCollector;
beforeEach(async () => {
  collector = await startTestCollector();
});
afterEach(() => collector.close());

describe("Portolan's own traffic", () => {
  it("is among the dependencies and rules, and ties no groups together", async () => {
    for (const number of [1, 2, 3]) {
      const { agentId, secret } = await collector.enrol(`web${number}`);
      const address = `10.1.${number}.5`;
      const report = sampleReport(agentId, {
        host: sampleHost(`web${number}`, address),
        listeners: [],
        processes: [{ name: "portolan-agent" }],
        flows: [sampleFlow("outbound", address, "10.1.9.9", 7440)],
      });
      await collector.call(secret, {
        method: "POST",
        url: "/api/v1/reports",
        payload: JSON.stringify(report),
        headers: { "content-type": "application/json" },
      });
    }
    const { agentId, secret } = await collector.enrol("collector");
    await collector.call(secret, {
      method: "POST",
      url: "/api/v1/reports",
      payload: JSON.stringify(sampleReport(agentId, { host: sampleHost("collector", "10.1.9.9"), listeners: [] })),
      headers: { "content-type": "application/json" },
    });
    const get = async (url: string) =>
      (await collector.call(collector.secrets.viewer, { url: `/api/v1${url}` })).json();
    expect((await get("/dependencies")) as { items: unknown[] }).toMatchObject({ items: [{}, {}, {}] });
    expect(((await get("/firewall/rules")) as { items: unknown[] }).items.length).toBeGreaterThan(0);
    const { groups } = (await get("/groups")) as { groups: { hosts: string[] }[] };
    expect(groups.map((group) => group.hosts.length)).toEqual([1, 1, 1, 1]);
  });
});
