import type { Rule } from "@portolan/firewall";
import type { Dependency, Host } from "@portolan/graph";
import type { FirewallDocument } from "../firewall-document.ts";

const DAY = 86_400_000;
const START = Date.UTC(2026, 9, 26);

/** A host that exists in tests only. */
export function syntheticHost(id: string, name: string, address: string, kind: Host["kind"] = "managed"): Host {
  return { id, name, site: "seoul", kind, addresses: [{ address, prefix: 24, hostLocal: false }] };
}

/** A dependency that nobody saw; `more` overrides what a test is about. */
export function syntheticDependency(id: string, more: Partial<Dependency> = {}): Dependency {
  return {
    id,
    site: "seoul",
    clientAddress: "10.1.1.11",
    serverAddress: "10.1.2.21",
    clientHost: "h1",
    serverHost: "h2",
    protocol: "tcp",
    serverPort: 5432,
    clientProcesses: ["nginx"],
    serverProcesses: ["postgres"],
    connections: 1200,
    lowerBound: true,
    failed: 3,
    firstSeen: START + 3_600_000,
    lastSeen: START + 4 * DAY,
    days: ["2026-10-26", "2026-10-27", "2026-10-30"],
    ends: "both",
    sources: ["proc-net"],
    direction: "observed",
    ...more,
  };
}

/** A rule over the given dependencies, as deriveRules would make it. */
export function syntheticRule(id: string, dependencies: readonly string[], more: Partial<Rule> = {}): Rule {
  return {
    id,
    sourceZone: "web",
    destinationZone: "data",
    sources: [{ name: "web01", addresses: ["10.1.1.11/32"] }],
    destinations: [{ name: "db01", addresses: ["10.1.2.21/32"] }],
    services: [{ protocol: "tcp", fromPort: 5432, toPort: 5432, name: "postgresql" }],
    purpose: "nginx → postgres",
    overPermission: 0,
    evidence: {
      flows: dependencies.length,
      connections: 1200,
      firstSeen: START + 3_600_000,
      lastSeen: START + 4 * DAY,
      days: 3,
      ends: { client: 0, server: 0, both: dependencies.length },
      dependencies: [...dependencies],
    },
    ...more,
  };
}

/** A small document of invented evidence: two hosts, an unmanaged client range, one rule, one dependency left out. */
export function syntheticDocument(more: Partial<FirewallDocument> = {}): FirewallDocument {
  const dependencies = [
    syntheticDependency("d1"),
    syntheticDependency("d2", { serverAddress: "10.1.1.11", serverHost: "h1", serverPort: 8080 }),
    syntheticDependency("d3", {
      clientAddress: "203.0.113.0/24",
      serverAddress: "10.1.1.11",
      serverHost: "h1",
      serverPort: 443,
      folded: 180,
      lowerBound: false,
      ends: "server",
    }),
    syntheticDependency("d4", { serverPort: 50_001, clientPort: 50_002, direction: "unknown" }),
  ];
  delete dependencies[2]?.clientHost;
  return {
    view: "current",
    mode: "exact",
    scope: "cross-zone",
    generatedAt: START + 6 * DAY,
    asOf: START + 5 * DAY,
    window: { from: START, to: START + 5 * DAY },
    simulated: false,
    ruleSet: {
      mode: "exact",
      scope: "cross-zone",
      zonesAreSegments: false,
      rules: [syntheticRule("r-1", ["d1"])],
      bundleForm: "exact",
      bundles: [],
      matrix: [
        { sourceZone: "web", destinationZone: "data", rules: 1, dependencies: 1, connections: 1200 },
        { sourceZone: "web", destinationZone: "web", rules: 1, dependencies: 1, connections: 7 },
      ],
      unzoned: [
        {
          dependency: "d3",
          client: "203.0.113.0/24",
          server: "web01",
          protocol: "tcp",
          serverPort: 443,
          reason: "no-zone",
        },
        {
          dependency: "d4",
          client: "web01",
          server: "db01",
          protocol: "tcp",
          serverPort: 50_001,
          reason: "direction-unknown",
        },
      ],
    },
    dependencies,
    directory: {
      directory: [],
      controllers: [],
      uses: [],
      outsiders: [],
      retired: new Set(),
      segments: [],
      addressDependencies: [],
    },
    hosts: [syntheticHost("h1", "web01", "10.1.1.11"), syntheticHost("h2", "db01", "10.1.2.21")],
    coverage: {
      hosts: ["web01", "db01"].map((name) => ({
        name,
        kind: "managed",
        site: "seoul",
        firstReport: START,
        lastReport: START + 5 * DAY,
        days: 5,
        sources: ["proc-net"],
        blindTo: ["udp-peers", "resets"],
        lost: 0,
        gapMs: 1500,
      })),
      days: ["2026-10-26", "2026-10-27", "2026-10-28", "2026-10-29", "2026-10-30"],
      kindsOfDay: { weekday: 5, weekend: 0, monthEnd: 0, monthStart: 0 },
      hostsWithoutAgent: ["mail01"],
      notes: ["The clock of db01 was 4 s fast."],
    },
    ...more,
  };
}
