import type { Zone } from "@portolan/graph";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { expandRule } from "./expand.ts";
import { deriveRules } from "./rules.ts";
import { syntheticDependency as uses, syntheticHost as host } from "./testing/synthetic-estate.ts";
import type { RuleInput } from "./types.ts";
import { RuleVerificationError, verifyRules } from "./verify.ts";

const zone = (name: string, cidr: string): Zone => ({ name, cidr, site: "s", kind: "servers" });
const zones = [zone("dmz", "10.0.1.0/24"), zone("data", "10.0.2.0/24"), zone("net", "203.0.113.0/24")];
const hosts = [
  host("web1", "10.0.1.1"),
  host("web2", "10.0.1.2", "10.0.1.3"),
  host("db", "10.0.2.1", { address: "172.17.0.1", prefix: 16, hostLocal: true }),
];
const WEB1 = { clientHost: "web1" };
const WEB2 = { clientHost: "web2" };
const DB = { serverHost: "db" };

function derive(dependencies: RuleInput["dependencies"], more: Partial<RuleInput> = {}) {
  const input: RuleInput = { dependencies, hosts, zones, scope: "cross-zone", ...more };
  const derived = deriveRules(input);
  expect(deriveRules({ ...input, dependencies: dependencies.toReversed(), hosts: input.hosts.toReversed() })).toEqual(
    derived,
  );
  return derived;
}

describe("deriveRules", () => {
  test("asks for nothing that only failed, unless the server's end saw it", () => {
    const failed = { ...WEB1, ...DB, connections: 0, failed: 9 };
    const { rules, matrix, unzoned } = derive([
      uses("10.0.1.1", "10.0.2.1", 23, { ...failed, ends: "client", id: "d1" }),
      uses("10.0.1.1", "10.0.2.1", 22, { ...failed, ends: "both", id: "d2" }),
    ]);
    expect(unzoned).toMatchObject([{ dependency: "d1", serverPort: 23, reason: "never-succeeded" }]);
    expect(rules.flatMap((rule) => rule.services)).toMatchObject([{ fromPort: 22 }]);
    expect(matrix).toMatchObject([{ dependencies: 1 }]);
  });

  test("asks for no port that nobody saw", () => {
    const { rules, unzoned } = derive([uses("10.0.1.1", "10.0.2.1", 0, { ...WEB1, ...DB, ends: "client", id: "d1" })]);
    expect(unzoned).toMatchObject([{ dependency: "d1", serverPort: 0, reason: "port-unknown" }]);
    expect(rules).toEqual([]);
  });

  test("keeps what connected before the period, for that connection may still stand", () => {
    const standing = { ...WEB1, ...DB, connections: 0, failed: 1, ends: "client" as const };
    const { rules, unzoned } = derive([uses("10.0.1.1", "10.0.2.1", 1521, { ...standing, connectedBefore: true })]);
    expect(unzoned).toEqual([]);
    expect(rules.flatMap((rule) => rule.services)).toMatchObject([{ fromPort: 1521 }]);
  });

  test("writes one rule where several sources need the same, with names, purpose and evidence", () => {
    const processes = { clientProcesses: ["nginx"], serverProcesses: ["postgres"] };
    const { rules, matrix, unzoned, zonesAreSegments } = derive([
      uses("10.0.1.1", "10.0.2.1", 5432, { ...WEB1, ...DB, ...processes, connections: 5, days: ["2026-11-02"] }),
      uses("10.0.1.2", "10.0.2.1", 5432, { ...WEB2, ...DB, ...processes, ends: "client", firstSeen: 50 }),
      uses("10.0.1.3", "10.0.2.1", 5432, { ...WEB2, ...DB, ends: "server", lastSeen: 900 }),
    ]);
    expect(rules).toEqual([
      {
        id: expect.stringMatching(/^R-[0-9a-f]{8}$/),
        sourceZone: "dmz",
        destinationZone: "data",
        sources: [
          { name: "web1", addresses: ["10.0.1.1/32"] },
          { name: "web2", addresses: ["10.0.1.2/32", "10.0.1.3/32"] },
        ],
        destinations: [{ name: "db", addresses: ["10.0.2.1/32"] }],
        services: [{ protocol: "tcp", fromPort: 5432, toPort: 5432, name: "postgresql" }],
        purpose: "nginx → postgres, postgresql",
        overPermission: 0,
        evidence: {
          flows: 3,
          connections: 7,
          firstSeen: 50,
          lastSeen: 900,
          days: 2,
          ends: { client: 1, server: 1, both: 1 },
          dependencies: ["d-10.0.1.1-10.0.2.1-5432", "d-10.0.1.2-10.0.2.1-5432", "d-10.0.1.3-10.0.2.1-5432"],
        },
      },
    ]);
    expect(matrix).toEqual([{ sourceZone: "dmz", destinationZone: "data", rules: 1, dependencies: 3, connections: 7 }]);
    expect([unzoned, zonesAreSegments]).toEqual([[], false]);
  });

  test("keeps a folded range, and names an unmanaged peer by its address", () => {
    const { rules } = derive([uses("203.0.113.0/24", "10.0.1.1", 443), uses("203.0.113.7", "10.0.2.1", 443, DB)]);
    expect(rules.map(({ sources }) => sources)).toEqual([
      [{ name: "203.0.113.7", addresses: ["203.0.113.7/32"] }],
      [{ name: "203.0.113.0/24", addresses: ["203.0.113.0/24"] }],
    ]);
  });

  test("counts the diagonal in the matrix, and lists its rules only under scope all", () => {
    const inside = [uses("10.0.1.1", "10.0.1.2", 22, { ...WEB1, serverHost: "web2" })];
    const { rules, matrix } = derive(inside);
    expect(rules).toEqual([]);
    expect(matrix).toEqual([{ sourceZone: "dmz", destinationZone: "dmz", rules: 1, dependencies: 1, connections: 1 }]);
    expect(derive(inside, { scope: "all" }).rules).toHaveLength(1);
  });

  test("writes nothing for what stays on one host", () => {
    const local = { clientHost: "db", serverHost: "db" };
    const { rules, matrix, unzoned } = derive(
      [uses("127.0.0.1", "127.0.0.1", 6379, local), uses("10.0.2.1", "10.0.2.1", 80, local)],
      { scope: "all" },
    );
    expect([rules, matrix, unzoned]).toEqual([[], [], []]);
  });

  test("says of everything else why it gave no rule", () => {
    const { serverAddress: _none, ...nameless } = uses("10.0.1.1", "", 1, { ...WEB1, id: "d1", ...DB });
    const { rules, unzoned } = derive([
      nameless,
      uses("10.0.1.1", "198.51.100.1", 2, { ...WEB1, id: "d2" }),
      uses("10.0.1.1", "10.0.2.1", 3, { ...WEB1, ...DB, id: "d3", direction: "unknown", clientPort: 50000 }),
      uses("172.17.0.5", "10.0.1.1", 4, { clientHost: "db", serverHost: "web1", id: "d4" }),
    ]);
    expect(rules).toEqual([]);
    expect(unzoned).toEqual([
      { dependency: "d1", client: "web1", server: "db", protocol: "tcp", serverPort: 1, reason: "no-address" },
      { dependency: "d2", client: "web1", server: "198.51.100.1", protocol: "tcp", serverPort: 2, reason: "no-zone" },
      { dependency: "d3", client: "web1", server: "db", protocol: "tcp", serverPort: 3, reason: "direction-unknown" },
      { dependency: "d4", client: "db", server: "web1", protocol: "tcp", serverPort: 4, reason: "host-local-address" },
    ]);
  });

  test("lets segments stand in for zones", () => {
    const { rules, zonesAreSegments } = derive([uses("10.0.1.1", "10.0.2.1", 53, { ...WEB1, ...DB })], { zones: [] });
    expect(zonesAreSegments).toBe(true);
    expect(rules).toMatchObject([{ sourceZone: "10.0.1.0/24", destinationZone: "10.0.2.0/24", purpose: "domain" }]);
  });

  test("looks an address up at the site of the host that has it", () => {
    const remote = { ...host("db", "10.0.2.1"), site: "t" };
    const sites = [zone("here", "10.0.0.0/8"), { ...zone("there", "10.0.2.0/24"), site: "t" }];
    const crossing = [uses("10.0.1.1", "10.0.2.1", 1433, { ...WEB1, ...DB, crossSite: true })];
    const { rules } = derive(crossing, { hosts: [host("web1", "10.0.1.1"), remote], zones: sites });
    expect(rules).toMatchObject([{ sourceZone: "here", destinationZone: "there" }]);
  });

  test("caps the purpose at three pairs, the most used first", () => {
    const four = ["a", "b", "c", "d"].map((name, index) =>
      uses("10.0.1.1", "10.0.2.1", 80, { ...WEB1, ...DB, id: name, clientProcesses: [name], connections: index + 1 }),
    );
    expect(derive(four).rules[0]?.purpose).toBe("d → http, c → http, b → http … and 1 more");
  });

  test("keeps a rule's id when others come and go", () => {
    const one = uses("10.0.1.1", "10.0.2.1", 443, { ...WEB1, ...DB });
    const [alone] = derive([one]).rules;
    const { rules } = derive([one, uses("10.0.2.1", "10.0.1.1", 22, { clientHost: "db", serverHost: "web1" })]);
    expect(rules.map(({ id }) => id)).toContain(alone?.id);
    expect(new Set(rules.map(({ id }) => id)).size).toBe(2);
  });

  test("property: the rules expand to exactly what was seen", () => {
    const end = fc.tuple(fc.integer({ min: 1, max: 2 }), fc.integer({ min: 1, max: 5 }));
    const seen = fc.array(
      fc.tuple(end, end, fc.constantFrom(22, 80, 443), fc.constantFrom("tcp" as const, "udp" as const)),
      {
        maxLength: 60,
      },
    );
    fc.assert(
      fc.property(seen, (list) => {
        const dependencies = list
          .map(([[a, b], [c, d], port, protocol], index) =>
            uses(`10.0.${a}.${b}`, `10.0.${c}.${d}`, port, { protocol, id: `d${index}` }),
          )
          .filter(({ clientAddress, serverAddress }) => clientAddress !== serverAddress);
        const { rules } = deriveRules({ dependencies, hosts: [], zones, scope: "all" });
        const expected = dependencies.map(
          (entry) => `${entry.clientAddress}/32 ${entry.serverAddress}/32 ${entry.protocol}/${entry.serverPort}`,
        );
        expect(new Set(rules.flatMap((rule) => [...expandRule(rule)]))).toEqual(new Set(expected));
        expect(new Set(rules.flatMap(({ evidence }) => evidence.dependencies)).size).toBe(dependencies.length);
        for (const { sources, destinations, sourceZone, destinationZone } of rules) {
          for (const { addresses } of sources) expect(addresses.every((text) => inZone(text, sourceZone))).toBe(true);
          for (const { addresses } of destinations)
            expect(addresses.every((text) => inZone(text, destinationZone))).toBe(true);
        }
      }),
    );
  });
});

function inZone(address: string, name: string): boolean {
  return address.startsWith(name === "dmz" ? "10.0.1." : "10.0.2.");
}

describe("verifyRules", () => {
  const dependencies = [uses("10.0.1.1", "10.0.2.1", 443, { ...WEB1, ...DB })];
  const [rule] = deriveRules({ dependencies, hosts, zones, scope: "all" }).rules;
  const text = "10.0.1.1/32 10.0.2.1/32 tcp/443";
  const cell = { source: "10.0.1.1/32", destination: "10.0.2.1/32", protocol: "tcp" as const, port: 443, dependencies };
  const pair = {
    sourceZone: "dmz",
    destinationZone: "data",
    cells: new Map([[text, cell]]),
    dependencies: 1,
    connections: 1,
  };

  test("passes exact rules and refuses a missing cell or one too many", () => {
    if (!rule) throw new Error("no rule");
    expect(() => verifyRules(pair, [rule])).not.toThrow();
    expect(() => verifyRules(pair, [])).toThrow(RuleVerificationError);
    const wider = { ...rule, services: [{ protocol: "tcp" as const, fromPort: 443, toPort: 444 }] };
    expect(() => verifyRules(pair, [wider])).toThrow(RuleVerificationError);
  });
});

test("never puts two sites into one rule, nor leaves out what crosses from one to the other, whatever their zones are called", () => {
  const ranges = [
    ["web", "10.0.1.0/24", "s"],
    ["db", "10.0.2.0/24", "s"],
    ["web", "10.0.1.0/24", "t"],
    ["web", "10.7.1.0/24", "t"],
    ["db", "10.0.2.0/24", "t"],
  ] as const;
  const { rules, matrix } = deriveRules({
    dependencies: [
      uses("10.0.1.1", "10.0.2.1", 443, { id: "d1", site: "s" }),
      uses("10.0.1.1", "10.0.2.1", 443, { id: "d2", site: "t" }),
      uses("10.0.1.1", "10.7.1.9", 22, { id: "d3", site: "s", serverHost: "far" }),
    ],
    hosts: [{ id: "far", name: "far", site: "t", kind: "managed", addresses: [] }],
    zones: ranges.map(([name, cidr, site]): Zone => ({ name, cidr, site, kind: "servers" })),
    scope: "cross-zone",
  });
  const pairs = rules.map((rule) => [rule.sourceZone, rule.destinationZone, rule.evidence.flows]);
  expect(pairs).toEqual([
    ["web@s", "db@s", 1],
    ["web@s", "web@t", 1],
    ["web@t", "db@t", 1],
  ]);
  expect(matrix).toHaveLength(3);
});
