import { afterEach, beforeEach, expect, it } from "vitest";
import { sampleFlow, sampleHost, sampleReport } from "../testing/sample-report.ts";
import { startTestCollector, type TestCollector } from "../testing/test-collector.ts";

let collector: TestCollector;
beforeEach(async () => {
  collector = await startTestCollector();
});
afterEach(() => collector.close());

const get = async <T>(path: string) =>
  (await collector.call(collector.secrets.editor, { url: `/api/v1${path}` })).json<T>();

/** SYNTHETIC: a web server with 1,100 clients from the internet, 220 of each /24, and one from its own network. */
it("shows the public clients of a listener as ranges, from the report to the rule, and claims no address of theirs", async () => {
  const { agentId, secret } = await collector.enrol("web1");
  const clients = Array.from({ length: 1100 }, (_, index) => `8.8.${Math.floor(index / 220)}.${(index % 220) + 1}`);
  const report = (number: number, from: string[]) =>
    collector.call(secret, {
      method: "POST",
      url: "/api/v1/reports",
      payload: sampleReport(agentId, {
        number,
        host: sampleHost("web1", "10.1.0.5"),
        flows: from.map((address) => sampleFlow("inbound", "10.1.0.5", address, 443)),
      }),
    });
  expect((await report(1, [...clients, "10.9.0.1"])).statusCode).toBe(200);
  while (await collector.storage.ageEvidence(collector.clock.now));
  expect((await report(2, ["8.8.0.1", "8.8.0.250"])).statusCode).toBe(200);
  collector.clock.now += 60_000;

  const { items } = await get<{ items: { clientAddress: string; folded?: number; connections: number }[] }>(
    "/dependencies",
  );
  const ranges = [0, 1, 2, 3, 4].map((net) => `8.8.${net}.0/24`);
  expect(items.map(({ clientAddress, folded, connections }) => [clientAddress, folded, connections]).sort()).toEqual([
    ["10.9.0.1", undefined, 3],
    [ranges[0], 221, 666],
    ...ranges.slice(1).map((range) => [range, 220, 660]),
  ]);

  const { rules } = await get<{ rules: { sources: { addresses: string[] }[]; evidence: { flows: number } }[] }>(
    "/exports/firewall?format=json&scope=all",
  );
  const allowed = rules.flatMap((rule) => rule.sources.flatMap(({ addresses }) => addresses));
  expect(allowed.sort()).toEqual(["10.9.0.1/32", ...ranges]);

  const csv = await collector.call(collector.secrets.editor, { url: "/api/v1/exports/dependencies?format=csv" });
  const lines = csv.body.split("\r\n");
  expect(lines[0]).toMatch(/,folded$/);
  expect(lines.filter((line) => line.includes("8.8.0.0/24"))).toEqual([expect.stringMatching(/,666,.*,221$/)]);
  const hosts = await get<{ items: unknown[] }>("/hosts");
  // The server, its neighbour, and the ranges.
  expect(hosts.items).toHaveLength(2 + ranges.length);
});
