import { describe, expect, test } from "vitest";
import { planWaves } from "./plan.ts";
import { syntheticConfig } from "./testing/synthetic-config.ts";
import type { AddressChange, PlanConfig, PlanDirectory, PlannedGroup } from "./types.ts";

const config = syntheticConfig(2);

/** SYNTHETIC groups, each named as its hosts are; id and name are the same. */
const group = (...names: string[]): PlannedGroup => ({
  id: names[0] ?? "",
  name: names.join("+"),
  hosts: names.map((name) => ({ id: name, name, dataGB: 1 })),
});

const sized = (name: string, dataGB: number, changedGBPerDay?: number): PlannedGroup => ({
  id: name,
  name,
  hosts: [{ id: name, name, dataGB, ...(changedGBPerDay !== undefined && { changedGBPerDay }) }],
});

const change = (host: string, newAddress: string) => ({ host, oldAddress: "10.1.0.1", newAddress });

const corp = (id: string) => ({ id, name: id, domain: "corp.example" });

function directory(more: Partial<PlanDirectory> = {}): PlanDirectory {
  return {
    controllers: [corp("dc1"), corp("dc2")],
    users: new Map([
      ["m1", { controllers: ["dc1"], joined: true }],
      ["m2", { controllers: ["dc2"], joined: true }],
      ["app", { controllers: ["dc1"], joined: false }],
    ]),
    resolvers: new Map([["m1", ["dc1"]]]),
    names: new Map(["dc1", "dc2", "m1", "m2", "app", "web"].map((name) => [name, name])),
    coveredSegments: [],
    ...more,
  };
}

/** The warnings of each wave that one of the words is in. */
function warningsOf(groups: PlannedGroup[], given: PlanDirectory, words: string, more: Partial<PlanConfig> = {}) {
  const plan = planWaves({ groups, edges: [], config: { ...config, ...more }, directory: given });
  return plan.waves.map(({ hosts, warnings = [] }) => [
    hosts.join(" "),
    warnings.filter((text) => text.includes(words)),
  ]);
}

const LEFT = "would leave their domain controllers behind";

describe("what a plan says of Active Directory", () => {
  const groups = [group("m1", "m2"), group("app", "web"), group("dc1", "dc2")];
  const apart = {
    apart: [
      ["m1", "app"],
      ["m1", "dc1"],
      ["app", "dc1"],
    ],
  };

  test("names members that would leave their controllers behind, and the replica that is needed", () => {
    expect(warningsOf(groups, directory(), LEFT, apart)).toEqual([
      [
        "app web",
        [
          `1 host (app), 1 of them not known as joined, ${LEFT} (dc1, dc2): promote a replica of corp.example on the other side before this wave (provideFirst names the controller that it stands for), or keep the ports of the Active Directory bundle open in between`,
        ],
      ],
      ["dc1 dc2", []],
      ["m1 m2", []],
    ]);
    const provided = warningsOf(groups, directory(), LEFT, { ...apart, provideFirst: ["dc2"] });
    expect(provided.flatMap(([, warnings]) => warnings)).toEqual([]);
  });

  test("a controller of another domain does not do, and one that nobody knows is said to be unknown", () => {
    const controllers = [corp("dc1"), { id: "dc2", name: "dc2", domain: "other.example" }];
    const given = directory({ controllers, users: new Map([["m1", { controllers: ["dc1"], joined: true }]]) });
    expect(warningsOf([group("m1")], given, LEFT, { provideFirst: [] })[0]?.[1]).toHaveLength(1);
    const other = warningsOf([group("m1"), group("dc2")], given, LEFT, { provideFirst: ["dc2"] });
    expect(other[0]?.[1]).toHaveLength(1);
    const unknown = directory({ users: new Map([["m1", { controllers: [], joined: true }]]) });
    expect(warningsOf([group("m1")], unknown, "is not known; see")[0]?.[1]).toHaveLength(1);
  });

  test("a member needs controllers of its own domain, whatever it asks of a trusted one", () => {
    const controllers = [corp("dc1"), { id: "dc2", name: "dc2", domain: "emea.corp.example" }];
    const member = { controllers: ["dc1", "dc2"], joined: true };
    const given = directory({ controllers, users: new Map([["m1", { ...member, domain: "emea.corp.example" }]]) });
    // dc1, its global catalogue, stands on the other side, and is of another domain.
    const text = `${LEFT} (dc2): promote a replica of emea.corp.example on`;
    expect(warningsOf([group("m1"), group("dc1")], given, text, { provideFirst: ["dc1"] })[0]?.[1]).toHaveLength(1);
    const left = "no domain controller would be left for 1 host (m1) that stay behind: keep dc2";
    expect(warningsOf([group("dc2")], given, left)[0]?.[1]).toHaveLength(1);
    // It names none that counts, or one of which no domain is known: those of its domain would do, and that one.
    const silent = directory({ users: new Map([["m1", { controllers: [], joined: true, domain: "corp.example" }]]) });
    expect(warningsOf([group("m1")], silent, `${LEFT} (dc1, dc2)`)[0]?.[1]).toHaveLength(1);
    const alias = directory({
      controllers: [corp("dc1"), { id: "vip", name: "vip" }],
      users: new Map([["m1", { controllers: ["vip"], joined: true, domain: "corp.example" }]]),
    });
    expect(warningsOf([group("m1")], alias, `${LEFT} (dc1, vip)`)[0]?.[1]).toHaveLength(1);
  });

  test("whoever the plan retires needs no controller, and is none", () => {
    const users = new Map([["m1", { controllers: ["dc1"], joined: true, domain: "corp.example" }]]);
    const all = [group("dc1"), group("dc2"), group("m1")];
    const left = "no domain controller would be left for 1 host (m1)";
    expect(warningsOf(all, directory({ users }), left, { stay: ["m1", "dc2"] })[0]?.[1]).toEqual([]);
    expect(warningsOf(all, directory({ users }), left, { stay: ["m1"], retire: ["dc2"] })[0]?.[1]).toHaveLength(1);
    expect(warningsOf(all, directory({ users }), left, { retire: ["m1", "dc2"] })[0]?.[1]).toEqual([]);
  });

  test("speaks of several controllers and resolvers in their order, whoever moves first", () => {
    const controllers = ["dc2", "dc1"].map((id) => ({ id, name: id, domain: `of.${id}` }));
    const users = new Map([
      ["m1", { controllers: ["dc2"], joined: true }],
      ["m2", { controllers: ["dc1"], joined: true }],
    ]);
    const resolvers = new Map([
      ["m1", ["dc2"]],
      ["m2", ["dc1"]],
    ]);
    const [moved] = warningsOf([group("m1", "m2")], directory({ controllers, users, resolvers }), "behind (");
    expect(moved?.[1]).toEqual(
      ["(dc1)", "(dc2)", "(dc1)", "(dc2)"].map((words) => expect.stringContaining(`behind ${words}`)),
    );
  });

  test("names the resolver that is needed, until it or a counterpart is there", () => {
    const text =
      "1 host (m1) would leave their DNS resolvers behind (dc1): a resolver (a replica that serves DNS will do) is needed on the other side";
    expect(warningsOf([group("m1")], directory(), "DNS resolvers")).toEqual([["m1", [text]]]);
    expect(warningsOf([group("m1"), group("dc1")], directory(), "DNS resolvers")).toEqual([["dc1 m1", []]]);
    const web = directory({ resolvers: new Map([["m1", ["web"]]]) });
    expect(warningsOf([group("m1")], web, "a resolver is needed")[0]?.[1]).toHaveLength(1);
  });

  test("says who is left without a controller when the last one moves", () => {
    const words = "no domain controller would be left for 2 hosts (app, m1) that stay behind: keep dc1 until";
    const two = new Map([
      ["m1", { controllers: ["dc1"], joined: true }],
      ["app", { controllers: ["dc1"], joined: false }],
    ]);
    const one = directory({ controllers: [corp("dc1")], users: two });
    expect(warningsOf([group("dc1")], one, words)[0]?.[1]).toHaveLength(1);
    const another = directory({ controllers: [corp("dc1"), corp("peer")], users: two });
    expect(warningsOf([group("dc1")], another, "no domain controller")[0]?.[1]).toEqual([]);
  });

  test("controllers are promoted anew, never replicated, in a wave or before the first", () => {
    expect(warningsOf([group("dc1")], directory(), "promoted anew")).toEqual([
      [
        "dc1",
        [
          expect.stringContaining(
            "dc1: domain controllers are promoted anew on the other side and demoted here, never replicated",
          ),
        ],
      ],
    ]);
    const plan = planWaves({
      groups: [group("dc1"), group("web")],
      edges: [],
      config: { ...config, provideFirst: ["dc1"] },
      directory: directory(),
    });
    expect(plan.warnings.filter((text) => text.includes("promoted anew"))).toHaveLength(1);
    expect(plan.waves[0]).not.toHaveProperty("warnings");
  });

  test("a controller's data is not copied: it counts in no wave's GB, and as a server as before", () => {
    const groups = [sized("dc1", 90, 3), sized("dc2", 80), sized("web", 40, 1)];
    const given = { groups, edges: [], config: { ...config, maxServersPerWave: 3, maxDataGBPerWave: 100 } };
    const plan = planWaves({ ...given, directory: directory() });
    const reason = "a domain controller is promoted anew: none of its disks is copied";
    expect(plan.waves).toMatchObject([
      {
        hosts: ["dc1", "dc2", "web"],
        servers: 3,
        dataGB: 40,
        changedGBPerDay: 1,
        data: [
          { host: "dc1", dataGB: 0, changedGBPerDay: 0, reason },
          { host: "dc2", dataGB: 0, reason },
          { host: "web", dataGB: 40, changedGBPerDay: 1 },
        ],
      },
    ]);
    expect(plan.waves[0]?.data[2]).not.toHaveProperty("reason");
    expect(plan.waves[0]?.warnings?.join("\n")).toContain("dc1, dc2: domain controllers are promoted anew");
    expect(plan.waves[0]?.warnings?.join("\n")).toContain("their data counts as 0 GB");
    // dc2's rate is not known and matters to nobody; without a directory all three are copied.
    expect(plan.warnings).toEqual([]);
    expect(planWaves(given).waves.map(({ dataGB }) => dataGB)).not.toEqual([40]);
    // Controllers go no later than they did when their disks counted.
    const alone = { ...given, groups: [sized("app", 40), ...groups], config: { ...config, maxServersPerWave: 1 } };
    const order = (more: object) => planWaves({ ...alone, ...more }).waves.map(({ hosts }) => hosts.join());
    expect(order({ directory: directory() })).toEqual(["dc1", "dc2", "app", "web"]);
    expect(order({ directory: directory() })).toEqual(order({}));
  });

  test("names new subnets that no AD site covers, as far as anybody knows the addresses", () => {
    const words = "AD site";
    expect(warningsOf([group("m1")], directory(), words)[0]?.[1]).toEqual([
      "the addresses of 1 host on the other side are not known: give every new subnet an AD site before they move, or they may use any controller",
    ]);
    expect(warningsOf([group("dc1")], directory(), words)[0]?.[1]).toHaveLength(1);
    const newSubnets = (coveredSegments: string[], ...changes: AddressChange[]) => {
      const plan = planWaves({
        groups: [group("m1", "m2")],
        edges: [],
        config,
        directory: directory({ coveredSegments }),
        addresses: { changes, held: [], routes: [], names: new Map() },
      });
      return plan.waves[0]?.warnings?.filter((text) => text.includes(words));
    };
    const uncovered =
      "no AD site that members report covers 10.50.1.0/24 with 1 host: add the subnets to a site, or members there may use any controller (a site's subnets stand in the directory, which was not asked: known is only where members are that name their site)";
    const both = [change("m1", "10.50.1.7"), change("m1", "10.50.1.8"), change("m2", "10.60.0.9")];
    expect(newSubnets(["10.60.0.0/16"], ...both)).toEqual([uncovered]);
    expect(newSubnets(["10.60.0.0/16"], change("m2", "10.60.0.9"))).toEqual([
      "the addresses of 1 host on the other side are not known: give every new subnet an AD site before they move, or they may use any controller",
    ]);
    expect(newSubnets(["10.0.0.0/8"], ...both)).toEqual([]);
    expect(newSubnets([], ...both)).toEqual([
      expect.stringContaining("covers 10.50.1.0/24 with 1 host, 10.60.0.0/24 with 1 host:"),
    ]);
    expect(warningsOf([group("web")], directory(), words)[0]?.[1]).toEqual([]);
  });

  test("says nothing where nothing is known of a directory", () => {
    const plan = planWaves({ groups, edges: [], config });
    expect(plan.waves.every((wave) => wave.warnings === undefined)).toBe(true);
  });
});
