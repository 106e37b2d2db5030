import type { Plan } from "@portolan/waves";
import { expect, test } from "vitest";
import { dependenciesJson } from "./dependencies-json.ts";
import { firewallCsv } from "./firewall-csv.ts";
import { firewallJson, matrixJson } from "./firewall-json.ts";
import { groupsJson } from "./groups-json.ts";
import { planJson } from "./plan-json.ts";
import { syntheticBundle } from "./testing/synthetic-bundle.ts";
import { syntheticDependency, syntheticDocument, syntheticHost } from "./testing/synthetic-document.ts";

const HOSTS = [syntheticHost("h1", "web01", "10.1.1.11"), syntheticHost("h2", "db01", "10.1.2.21")];

test("the firewall document has the interface's shape", () => {
  const document = syntheticDocument();
  const [rule] = document.ruleSet.rules;
  if (rule !== undefined) rule.sources = [{ name: "web01", addresses: ["10.1.1.11", "2001:db8::1", "10.3.0.0/16"] }];
  const json = firewallJson(document);
  expect(json).toMatchObject({
    view: "current",
    mode: "exact",
    window: { from: "2026-10-26T00:00:00.000Z", to: "2026-10-31T00:00:00.000Z" },
    simulated: false,
    unzoned: [{ reason: "no-zone" }, { reason: "direction-unknown" }],
    coverage: { hosts: [{ host: "web01", firstReport: "2026-10-26T00:00:00.000Z" }, { host: "db01" }] },
  });
  expect(json.rules).toEqual([
    {
      id: "r-1",
      sourceZone: "web",
      destinationZone: "data",
      sources: [{ name: "web01", addresses: ["10.1.1.11/32", "2001:db8::1/128", "10.3.0.0/16"] }],
      destinations: [{ name: "db01", addresses: ["10.1.2.21/32"] }],
      services: [{ protocol: "tcp", fromPort: 5432, toPort: 5432, name: "postgresql" }],
      purpose: "nginx → postgres",
      overPermission: 0,
      evidence: {
        flows: 1,
        connections: 1200,
        firstSeen: "2026-10-26T01:00:00.000Z",
        lastSeen: "2026-10-30T00:00:00.000Z",
        days: 3,
        ends: { client: 0, server: 0, both: 1 },
      },
    },
  ]);
});

test("a bundle has its addresses as ranges and its times as text; its rule names it, also in CSV", () => {
  const document = syntheticDocument();
  document.ruleSet.bundles = [syntheticBundle()];
  document.ruleSet.bundleForm = "bundle";
  const [rule] = document.ruleSet.rules;
  if (rule !== undefined) rule.bundle = "Active Directory";
  const { activeDirectory, bundles, rules } = firewallJson(document);
  expect([activeDirectory, rules[0]?.bundle]).toEqual(["bundle", "Active Directory"]);
  expect(bundles).toMatchObject([
    {
      id: "B-2",
      sources: [{ name: "m1", addresses: ["10.1.1.11/32", "10.1.1.12/32"] }],
      destinations: [{ name: "dc1", addresses: ["10.1.2.21/32", "2001:db8::1/128"] }],
      evidence: { firstSeen: "2026-11-20T00:00:00.000Z", lastSeen: "2026-11-21T00:00:00.000Z" },
    },
  ]);
  expect(bundles[0]?.evidence).not.toHaveProperty("dependencies");
  expect([...firewallCsv(document)].join("")).toMatch(/,bundle\r\n.*,Active Directory\r\n/);
});

test("the matrix lists its zones sorted", () => {
  expect(matrixJson(syntheticDocument().ruleSet).zones).toEqual(["data", "web"]);
});

test("a dependency names hosts, counts days, and leaves out what is absent", () => {
  const dependency = syntheticDependency("d1", { bytesSent: 5 });
  delete dependency.clientHost;
  expect(dependenciesJson([dependency], HOSTS)).toEqual({
    items: [
      {
        clientAddress: "10.1.1.11",
        serverAddress: "10.1.2.21",
        protocol: "tcp",
        serverPort: 5432,
        serverHost: "db01",
        clientProcesses: ["nginx"],
        serverProcesses: ["postgres"],
        connections: 1200,
        lowerBound: true,
        failed: 3,
        bytesSent: 5,
        firstSeen: "2026-10-26T01:00:00.000Z",
        lastSeen: "2026-10-30T00:00:00.000Z",
        days: 3,
        ends: "both",
        sources: ["proc-net"],
        direction: "observed",
      },
    ],
  });
});

test("groups name their hosts", () => {
  const group = {
    id: "g1",
    name: "shop",
    hosts: ["h2", "h1"],
    confidence: 0.8,
    reasons: ["talk"],
    source: "suggested",
  } as const;
  expect(groupsJson([{ ...group, hosts: [...group.hosts], reasons: [...group.reasons] }], HOSTS)).toEqual({
    groups: [{ ...group, hosts: ["db01", "web01"] }],
  });
});

test("a plan carries its id and its coverage", () => {
  const plan: Plan = {
    seed: 7,
    waves: [{ number: 1, groups: ["g1"], hosts: ["web01"], servers: 1, dataGB: 12, data: [{ host: "web01" }] }],
    cost: { cut: 2, exposureWeeks: 0, temporaryRules: 2 },
    bound: null,
    recommendation: "one wave",
    warnings: [],
  };
  const { coverage, ...rest } = planJson("p1", plan, syntheticDocument().coverage);
  expect(rest).toEqual({ id: "p1", ...plan });
  expect(coverage.days).toHaveLength(5);
});
