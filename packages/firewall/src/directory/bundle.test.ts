import { AD_PORTS, type ControllerUse, type Dependency, type Zone } from "@portolan/graph";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { expandRule } from "../expand.ts";
import { deriveRules } from "../rules.ts";
import { syntheticController as controller } from "../testing/synthetic-controller.ts";
import { syntheticDependency, syntheticHost as host } from "../testing/synthetic-estate.ts";
import type { ActiveDirectoryInput, RuleInput } from "../types.ts";

const zone = (name: string, cidr: string): Zone => ({ name, cidr, site: "s", kind: "servers" });
const zones = [zone("app", "10.0.1.0/24"), zone("core", "10.0.2.0/24")];
const DCS = { dc1: "10.0.2.1", dc2: "10.0.2.2" } as const;
const hosts = [
  host("m1", "10.0.1.1"),
  host("m2", "10.0.1.2"),
  host("app1", "10.0.1.3"),
  host("dc1", DCS.dc1),
  host("dc2", DCS.dc2),
];

const ADDRESSES: Record<string, string> = { m1: "10.0.1.1", m2: "10.0.1.2", app1: "10.0.1.3", quiet: "10.0.1.4" };

/** SYNTHETIC: a client of one of the two controllers. */
function uses(client: string, server: keyof typeof DCS, port: number, more: Partial<Dependency> = {}): Dependency {
  return syntheticDependency(ADDRESSES[client] ?? client, DCS[server], port, {
    id: `${client}-${server}-${more.protocol ?? "tcp"}-${port}`,
    ...(client !== "quiet" && { clientHost: client }),
    serverHost: server,
    ...more,
  });
}

function useOf(client: string, ...ports: number[]): ControllerUse {
  const services = ports.map((port) => ({
    protocol: "tcp" as const,
    port,
    connections: 1,
    lowerBound: true,
    firstSeen: 0,
    lastSeen: 0,
    processes: [],
  }));
  return { client, controller: "dc1", services, processes: [] };
}

const directory: ActiveDirectoryInput = {
  controllers: [controller("dc1"), controller("dc2")],
  uses: [useOf("u:s:10.0.1.4", 88, 389), useOf("app1", 88, 389)],
  memberships: new Map([
    ["m1", "joined"],
    ["m2", "broken"],
    ["app1", "not-joined"],
    // A controller is joined, too, and no member all the same.
    ["dc1", "joined"],
  ]),
  listeners: [
    { hostId: "dc1", protocol: "tcp", address: "0.0.0.0", port: 49_664, process: "lsass.exe" },
    { hostId: "dc1", protocol: "tcp", address: "0.0.0.0", port: 50_100, process: "java.exe (billing.jar)" },
  ],
  blindTo: new Map(["m1", "m2", "dc1", "dc2"].map((id) => [id, new Set(["udp-peers"])])),
  retired: new Set(),
};

function derive(dependencies: readonly Dependency[], more: Partial<RuleInput> = {}) {
  const input: RuleInput = { dependencies, hosts, zones, scope: "cross-zone", activeDirectory: directory, ...more };
  const derived = deriveRules(input);
  expect(deriveRules({ ...input, dependencies: dependencies.toReversed() })).toEqual(derived);
  return derived;
}

const services = (rules: readonly { services: { protocol: string; fromPort: number }[] }[]) =>
  rules.map((rule) => rule.services.map(({ protocol, fromPort }) => `${protocol}/${fromPort}`).join(" "));

/** What the bundle of two members and two controllers says of who is blind to what. */
function blindnessOfBundle(blind: Record<string, string[]>) {
  const blindTo = new Map(Object.entries(blind).map(([id, words]) => [id, new Set(words)]));
  const [bundle] = derive([uses("m1", "dc1", 88), uses("m2", "dc2", 88)], {
    activeDirectory: { ...directory, blindTo },
  }).bundles;
  const pairs = bundle?.ports.map(({ protocol, blindPairs }) => `${protocol} ${blindPairs}`);
  return { blind: bundle?.blind, pairs: [...new Set(pairs)].toSorted() };
}

/** Of the bundle of one member that uses dc1. */
const unused = (more: Partial<ActiveDirectoryInput>) =>
  derive([uses("m1", "dc1", 88)], { activeDirectory: { ...directory, ...more } }).bundles[0]?.unusedControllers;

describe("the bundle of Active Directory", () => {
  const flows = [
    uses("m1", "dc1", 88, { connections: 5, lastSeen: 300 }),
    uses("m1", "dc1", 389, { protocol: "udp" }),
    uses("m2", "dc2", 88, { connections: 2, firstSeen: 50 }),
    uses("m1", "dc1", 8080),
    uses("app1", "dc1", 389),
    uses("quiet", "dc1", 88),
    uses("quiet", "dc1", 389),
  ];

  test("holds every line of Microsoft's list, each marked, and what members were seen to use", () => {
    const { bundles, rules, bundleForm } = derive(flows);
    const [bundle, ...others] = bundles;
    expect([others, bundleForm]).toEqual([[], "exact"]);
    expect(bundle).toMatchObject({
      name: "Active Directory corp.example",
      domain: "corp.example",
      sourceZone: "app",
      destinationZone: "core",
      members: [
        { name: "10.0.1.4", because: "kerberos-and-ldap" },
        { name: "m1", because: "reported" },
        { name: "m2", because: "reported" },
      ],
      evidence: { flows: 5, connections: 10 },
    });
    expect(bundle?.sources.map(({ name }) => name)).toEqual(["10.0.1.4", "m1", "m2"]);
    expect(bundle?.destinations.map(({ name }) => name)).toEqual(["dc1", "dc2"]);
    expect(bundle?.ports).toHaveLength(AD_PORTS.length);
    const observed = bundle?.ports.filter(({ mark }) => mark === "observed");
    expect(
      observed?.map(({ protocol, fromPort, pairs, connections }) => [protocol, fromPort, pairs, connections]),
    ).toEqual([
      ["tcp", 88, 3, 8],
      ["tcp", 389, 1, 1],
      ["udp", 389, 1, 1],
    ]);
    const [kerberos, ldap] = observed ?? [];
    expect([kerberos, ldap].map((port) => [port?.firstSeen, port?.lastSeen])).toEqual([
      [50, 300],
      [100, 200],
    ]);
    for (const port of bundle?.ports.filter(({ mark }) => mark !== "observed") ?? []) {
      expect([port.connections, "firstSeen" in port, "lastSeen" in port]).toEqual([0, false, false]);
    }
    const ids = rules.filter((rule) => rule.bundle !== undefined).map(({ id }) => id);
    expect(bundle?.rules).toEqual(ids.toSorted());
  });

  test("names the domain's other controllers, which members may turn to and no rule allows", () => {
    const other = { ...controller("dc2"), addresses: ["10.9.0.2"] };
    const controllers = [controller("dc1"), other];
    expect(unused({ controllers })).toEqual([{ name: other.name, addresses: ["10.9.0.2"] }]);
    expect(unused({ controllers, retired: new Set(["dc2"]) })).toEqual([]);
    for (const more of [{ addresses: [] }, { domain: "other.example" }, { confidence: 0.4 }])
      expect(unused({ controllers: [controller("dc1"), { ...other, ...more }] })).toEqual([]);
  });

  test("leaves what is outside the list, and whoever is not joined, in ordinary rules", () => {
    const ordinary = derive(flows).rules.filter((rule) => rule.bundle === undefined);
    expect(ordinary.map(({ sources }) => sources[0]?.name)).toEqual(["app1", "m1"]);
    expect(services(ordinary)).toEqual(["tcp/389", "tcp/8080"]);
    const between = [
      uses("m1", "dc1", 88),
      syntheticDependency(DCS.dc1, DCS.dc2, 88, { clientHost: "dc1", serverHost: "dc2" }),
    ];
    const { bundles, rules } = derive(between, { scope: "all" });
    expect(bundles).toHaveLength(1);
    expect(rules.filter((rule) => rule.bundle === undefined)).toMatchObject([{ sources: [{ name: "dc1" }] }]);
  });

  test("as one rule allows all of the list and counts what nobody used", () => {
    const { bundles, rules } = derive(flows, { bundleForm: "bundle" });
    const rule = rules.find((entry) => entry.bundle !== undefined);
    const ports = 15 + 16_384;
    expect(rule?.overPermission).toBe(3 * 2 * ports - 5);
    expect(bundles[0]).toMatchObject({
      rules: [rule?.id],
      overPermission: 6 * ports - 5,
      overPermissionOfRange: 6 * 16_384,
    });
    expect(bundles[0]?.rpc.overPermission).toEqual({ now: 6 * ports - 5, pinned: 6 * 17 - 5 });
    if (!rule) throw new Error("no rule");
    expect([...expandRule(rule)]).toHaveLength(6 * ports);
    expect(rule.evidence.flows).toBe(5);
  });

  test("joins the endpoint mapper and dynamic ports of RPC services, and no other program's", () => {
    const rpc = [
      uses("m1", "dc1", 135),
      uses("m1", "dc1", 49_664),
      uses("m1", "dc1", 50_100),
      uses("m2", "dc2", 49_700),
    ];
    const { bundles, rules } = derive(rpc);
    expect(bundles[0]?.ports.at(-1)).toMatchObject({ fromPort: 49_152, mark: "observed", observedPorts: [49_664] });
    expect(bundles[0]?.rpc).toMatchObject({
      joined: true,
      listeners: [{ controller: "dc1", port: 49_664, process: "lsass.exe" }],
      ports: { now: 16_384, pinned: 2 },
    });
    // The other program's port is used all the same.
    expect(bundles[0]?.overPermissionOfRange).toBe(16_384 - 2);
    expect(bundles[0]?.rpc.advice).toContain("DCTcpipPort");
    expect(services(rules.filter((rule) => rule.bundle === undefined)).sort()).toEqual(["tcp/49700", "tcp/50100"]);
    const unseen = derive([uses("m1", "dc1", 88)]).bundles[0]?.rpc;
    expect([unseen?.joined, unseen?.advice.startsWith("Nobody was seen to use RPC")]).toEqual([false, true]);
  });

  test("where a controller has no agent, a client that asked the endpoint mapper first is believed", () => {
    const activeDirectory = { ...directory, listeners: [] };
    const { bundles } = derive([uses("m1", "dc1", 135), uses("m1", "dc1", 51_000), uses("m2", "dc1", 51_000)], {
      activeDirectory,
    });
    expect(bundles[0]?.evidence.dependencies).toEqual(["m1-dc1-tcp-135", "m1-dc1-tcp-51000"]);
    expect(bundles[0]?.rpc.joined).toBe(true);
  });

  test("names Samba's own setting where Samba serves", () => {
    const listeners = [{ hostId: "dc1", protocol: "tcp" as const, address: "::", port: 49_152, process: "samba" }];
    const { bundles } = derive([uses("m1", "dc1", 135)], { activeDirectory: { ...directory, listeners } });
    expect(bundles[0]?.rpc.advice).toContain("rpc server dynamic port range");
  });

  test("makes a bundle a domain, and none of a controller that is only a question", () => {
    const other = controller("dc2", { domain: "other.example" });
    const two = derive([uses("m1", "dc1", 88), uses("m1", "dc2", 88)], {
      activeDirectory: { ...directory, controllers: [controller("dc1"), other] },
    });
    expect(two.bundles.map(({ name }) => name)).toEqual([
      "Active Directory corp.example",
      "Active Directory other.example",
    ]);
    const none = derive([uses("m1", "dc1", 88)], {
      activeDirectory: { ...directory, controllers: [controller("dc1", { confidence: 0.4 })] },
    });
    expect(none.bundles).toEqual([]);
    expect(none.rules).toEqual(
      deriveRules({ dependencies: [uses("m1", "dc1", 88)], hosts, zones, scope: "all" }).rules,
    );
  });

  test("says which ports may have been missed, as neither end could see them", () => {
    const all = { m1: [], m2: [], dc1: [], dc2: [] };
    expect(blindnessOfBundle(all)).toEqual({ blind: [], pairs: ["tcp 0", "udp 0"] });
    // One end that sees is enough.
    expect(blindnessOfBundle({ ...all, m1: ["udp-peers"], m2: ["udp-peers"] }).blind).toEqual([]);
    expect(blindnessOfBundle({ ...all, m1: ["udp-peers"], dc2: ["udp-peers", "peer-closed"] })).toEqual({
      blind: [
        {
          protocol: "udp",
          pairs: 1,
          of: 4,
          members: ["m1"],
          controllers: ["dc2"],
          text: "UDP may have been missed between 1 of 4 pairs of member and controller: no agent at either end sees peers of unconnected UDP sockets",
        },
      ],
      pairs: ["tcp 0", "udp 1"],
    });
    // Who is not watched sees nothing; of TCP two that are partly blind see all together.
    expect(blindnessOfBundle({ m1: ["udp-peers", "peer-closed"], m2: [], dc1: ["peer-closed"] })).toMatchObject({
      blind: [
        { protocol: "tcp", pairs: 1, of: 4, members: ["m1"], controllers: ["dc1", "dc2"] },
        { protocol: "udp", pairs: 1, of: 4, members: ["m1"], controllers: ["dc2"] },
      ],
      pairs: ["tcp 1", "udp 1"],
    });
    expect(blindnessOfBundle({}).blind).toMatchObject([
      { protocol: "tcp", pairs: 4, of: 4, text: expect.stringContaining("between every member and controller") },
      { protocol: "udp", pairs: 4, of: 4 },
    ]);
  });

  test("property: nothing seen is lost, and nothing but a bundle's own rule allows more", () => {
    const clients = fc.constantFrom("m1", "m2", "app1", "quiet");
    const ports = fc.constantFrom(53, 88, 135, 389, 445, 3268, 8080, 49_664, 50_100, 60_000);
    const seen = fc.array(
      fc.tuple(
        clients,
        fc.constantFrom("dc1" as const, "dc2" as const),
        ports,
        fc.constantFrom("tcp" as const, "udp" as const),
      ),
      { maxLength: 40 },
    );
    fc.assert(
      fc.property(seen, (list) => {
        const dependencies = list.map(([client, server, port, protocol], index) =>
          uses(client, server, port, { protocol, id: `d${index}` }),
        );
        const input = { dependencies, hosts, zones, scope: "all" as const };
        const plain = deriveRules(input);
        const exact = deriveRules({ ...input, activeDirectory: directory });
        const whole = deriveRules({ ...input, activeDirectory: directory, bundleForm: "bundle" });
        const covered = (rules: typeof plain.rules) => new Set(rules.flatMap(({ evidence }) => evidence.dependencies));
        const allowed = (rules: typeof plain.rules) => new Set(rules.flatMap((rule) => [...expandRule(rule)]));
        expect(covered(exact.rules)).toEqual(covered(plain.rules));
        expect(covered(whole.rules)).toEqual(covered(plain.rules));
        expect(allowed(exact.rules)).toEqual(allowed(plain.rules));
        expect(exact.rules.every(({ overPermission }) => overPermission === 0)).toBe(true);
        expect(exact.unzoned).toEqual(plain.unzoned);
        const inBundles = exact.bundles.flatMap(({ evidence }) => evidence.dependencies);
        expect(new Set(inBundles).size).toBe(inBundles.length);
        const seenCells = allowed(plain.rules);
        for (const rule of whole.rules) {
          let unseen = 0;
          for (const cell of rule.bundle === undefined ? [] : expandRule(rule)) unseen += Number(!seenCells.has(cell));
          expect(rule.overPermission).toBe(unseen);
        }
      }),
      { numRuns: 30 },
    );
  });
});
