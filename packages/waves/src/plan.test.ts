import type { Dependency, MoveGroup } from "@portolan/graph";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { PlanConfigError } from "./errors.ts";
import { groupEdges } from "./group-edges.ts";
import { planWaves } from "./plan.ts";
import { syntheticConfig } from "./testing/synthetic-config.ts";
import type { PlanConfig, PlannedGroup } from "./types.ts";

const config = syntheticConfig(4, { timezone: "Asia/Seoul" });

/** SYNTHETIC group "a" of three: hosts a1, a2, a3, of 10 GB each. */
function group(id: string, size: number): PlannedGroup {
  const hosts = Array.from({ length: size }, (_, index) => ({
    id: `${id}${index + 1}`,
    name: `${id}${index + 1}`,
    dataGB: 10,
  }));
  return { id, name: `group ${id}`, hosts };
}

const sizes = (...hosts: string[]) => hosts.map((host) => ({ host, dataGB: 10 }));

const abc = [group("a", 3), group("b", 2), group("c", 1)];
const edges = [
  { a: "a", b: "b", dependencies: 5 },
  { a: "b", b: "c", dependencies: 2 },
];

describe("planWaves", () => {
  test("fills waves best-fit and counts what is cut", () => {
    const plan = planWaves({ groups: abc, edges, config });
    expect(plan.waves).toEqual([
      {
        number: 1,
        groups: ["a", "c"],
        hosts: ["a1", "a2", "a3", "c1"],
        servers: 4,
        dataGB: 40,
        data: sizes("a1", "a2", "a3", "c1"),
      },
      { number: 2, groups: ["b"], hosts: ["b1", "b2"], servers: 2, dataGB: 20, data: sizes("b1", "b2") },
    ]);
    expect(plan.cost).toEqual({ cut: 7, exposureWeeks: 0, temporaryRules: 7 });
    expect(plan).toMatchObject({ bound: null, seed: 1, warnings: [] });
    expect(plan.recommendation).toContain("cut 7 of 7 dependencies between groups; group b takes part in 7");
  });

  test("tells what changes per day by host and wave, and of how many that is not known", () => {
    const changing: PlannedGroup = {
      id: "x",
      name: "x",
      hosts: [
        { id: "2", name: "x2", dataGB: 5, changedGBPerDay: 0.1 },
        { id: "1", name: "x1", changedGBPerDay: 0.2 },
      ],
    };
    const plan = planWaves({ groups: [changing, group("y", 4)], edges: [], config });
    expect(plan.waves.find(({ groups }) => groups.includes("x"))).toMatchObject({
      dataGB: 5,
      changedGBPerDay: 0.3,
      data: [
        { host: "x1", changedGBPerDay: 0.2 },
        { host: "x2", dataGB: 5, changedGBPerDay: 0.1 },
      ],
    });
    expect(plan.waves.find(({ groups }) => groups.includes("y"))).not.toHaveProperty("changedGBPerDay");
    expect(plan.warnings).toEqual(["what is written per day is not known of 4 servers and counts as 0 GB"]);
  });

  test("dates the waves by the calendar, and counts the weeks that cut dependencies are exposed", () => {
    const windows = [{ weekday: "friday", from: "20:00", to: "sunday 15:00" }];
    const dated = { ...config, windows, blackouts: [{ monthEnd: 3 }] };
    const plan = planWaves({ groups: abc, edges, config: dated, firstPossible: Date.parse("2026-11-18T00:00:00Z") });
    expect(plan.waves.map(({ start }) => start)).toEqual(["2026-11-20T11:00:00.000Z", "2026-12-04T11:00:00.000Z"]);
    expect(plan.cost.exposureWeeks).toBe(14);
    const undated = planWaves({ groups: abc, edges, config: dated });
    expect(undated.waves[0]).not.toHaveProperty("start");
    expect(undated.warnings[0]).toContain("no dates");
    expect(planWaves({ groups: abc, edges, config: { ...dated, earliest: "2027-03-01" } }).waves[0]?.start).toBe(
      "2027-03-05T11:00:00.000Z",
    );
  });

  test("keeps together, apart, stay, retire and provideFirst, with a line for each host taken out", () => {
    const joined = planWaves({
      groups: abc,
      edges,
      config: { ...config, maxServersPerWave: 5, together: [["a1", "b2"]] },
    });
    expect(joined.waves.map(({ groups }) => groups)).toEqual([["a", "b"], ["c"]]);
    expect(joined.cost.cut).toBe(2);
    const parted = planWaves({ groups: abc, edges, config: { ...config, apart: [["a1", "c1"]] } });
    expect(parted.waves.map(({ groups }) => groups)).toEqual([["a"], ["b", "c"]]);
    const fewer = planWaves({
      groups: abc,
      edges,
      config: { ...config, stay: ["b1"], retire: ["a3"], provideFirst: ["c1"] },
      ignoredKeys: ["pin"],
    });
    expect(fewer.waves.map(({ hosts }) => hosts)).toEqual([["a1", "a2", "b2"]]);
    expect(fewer.warnings).toEqual([
      "pin: not honoured yet",
      "b1 stays and is in no wave",
      "a3 is retired and is in no wave",
      expect.stringContaining("c1 is provided on the other side"),
    ]);
  });

  test("never splits a group: too large gets its own wave, apart inside one is told", () => {
    const plan = planWaves({ groups: [...abc, group("d", 9)], edges, config: { ...config, apart: [["a1", "a2"]] } });
    expect(plan.waves[0]).toMatchObject({ groups: ["d"], servers: 9 });
    expect(plan.warnings).toEqual([
      expect.stringContaining("a1 and a2"),
      expect.stringContaining("group d: 9 servers"),
    ]);
    const data = planWaves({ groups: [group("a", 2)], edges: [], config: { ...config, maxDataGBPerWave: 15 } });
    expect(data.warnings).toEqual([expect.stringContaining("20 GB, more than the 15 GB")]);
  });

  test("names the key and value that cannot be meant", () => {
    const wrong: [Partial<PlanConfig>, string, string][] = [
      [{ stay: ["nobody"] }, "stay[0]", "nobody"],
      [{ together: [["a1", "x"]] }, "together[0][1]", "x"],
      [{ stay: ["a1"], retire: ["a1"] }, "retire[0]", "a1"],
      [{ together: [["a1", "b1"]], apart: [["a2", "b2"]] }, "apart[0]", "a2, b2"],
      [{ maxServersPerWave: 0 }, "maxServersPerWave", "0"],
    ];
    for (const [more, key, value] of wrong) {
      try {
        planWaves({ groups: abc, edges, config: { ...config, ...more } });
        expect.unreachable(key);
      } catch (error) {
        expect(error).toBeInstanceOf(PlanConfigError);
        expect(error).toMatchObject({ key, value });
      }
    }
  });

  test("adds up data without the dust of binary fractions", () => {
    const hosts = [0.1, 0.2, 0.7].map((dataGB, index) => ({ id: `x${index}`, name: `x${index}`, dataGB }));
    const limited = { ...config, maxDataGBPerWave: 1 };
    const plan = planWaves({ groups: [{ id: "x", name: "x", hosts }], edges: [], config: limited });
    expect(plan).toMatchObject({ waves: [{ dataGB: 1 }], warnings: [] });
  });

  test("has nothing to say about nothing", () => {
    expect(planWaves({ groups: [], edges: [], config })).toMatchObject({
      waves: [],
      recommendation: "Nothing is left to move.",
    });
  });

  test("property: each group exactly once, no wave over capacity unless one group is, in any order of input", () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 7 }), { maxLength: 25 });
    const pairs = fc.array(fc.tuple(fc.nat({ max: 24 }), fc.nat({ max: 24 }), fc.integer({ min: 1, max: 9 })));
    fc.assert(
      fc.property(sizes, pairs, fc.integer({ min: 1, max: 12 }), (list, links, maxServersPerWave) => {
        const groups = list.map((size, index) => group(`g${index}-`, size));
        const linked = links
          .filter(([a, b]) => a !== b && a < list.length && b < list.length)
          .map(([a, b, dependencies]) => ({ a: `g${a}-`, b: `g${b}-`, dependencies }));
        const limited = { ...config, maxServersPerWave };
        const plan = planWaves({ groups, edges: linked, config: limited });
        expect(plan.waves.flatMap((wave) => wave.groups).sort()).toEqual(groups.map(({ id }) => id).sort());
        expect(plan.waves.reduce((sum, wave) => sum + wave.servers, 0)).toBe(list.reduce((sum, size) => sum + size, 0));
        for (const wave of plan.waves) {
          expect(wave.servers <= maxServersPerWave || wave.groups.length === 1).toBe(true);
          expect(wave.hosts).toHaveLength(wave.servers);
        }
        expect(planWaves({ groups: groups.toReversed(), edges: linked.toReversed(), config: limited })).toEqual(plan);
      }),
    );
  });
});

function uses(clientHost: string | undefined, serverHost: string): Dependency {
  return { clientHost, serverHost } as Dependency;
}

test("groupEdges counts dependencies between groups in either direction", () => {
  const groups = ["a", "b"].map((id): MoveGroup => ({
    id,
    name: id,
    hosts: [`${id}1`, `${id}2`],
    confidence: 1,
    reasons: [],
    source: "confirmed",
  }));
  const dependencies = [uses("a1", "b1"), uses("b2", "a2"), uses("a1", "a2"), uses(undefined, "a1"), uses("a1", "zz")];
  expect(groupEdges(groups, dependencies)).toEqual([{ a: "a", b: "b", dependencies: 2 }]);
});
