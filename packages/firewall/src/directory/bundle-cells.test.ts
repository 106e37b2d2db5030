import { expect, test } from "vitest";
import { deriveRules } from "../rules.ts";
import { syntheticController } from "../testing/synthetic-controller.ts";
import { syntheticDependency, syntheticHost } from "../testing/synthetic-estate.ts";

const hosts = [syntheticHost("m1", "10.0.1.1"), syntheticHost("dc1", "10.0.2.1"), syntheticHost("dc2", "10.0.2.2")];

/** SYNTHETIC: one address that two hosts had, one after the other. */
const calls = (clientHost: string, serverHost: string) =>
  syntheticDependency("10.0.1.1", "10.0.2.1", 88, { id: `${clientHost}-${serverHost}`, clientHost, serverHost });

test.each([
  ["a member alone", [calls("m1", "dc1")], 1],
  ["a member and one that is none", [calls("m1", "dc1"), calls("old", "dc1")], 0],
  ["one that is none and a member", [calls("old", "dc1"), calls("m1", "dc1")], 0],
  ["controllers of two domains", [calls("m1", "dc1"), calls("m1", "dc2")], 0],
])("what one address was seen to do goes into a bundle whole, or stays ordinary: %s", (_what, dependencies, count) => {
  const { bundles, rules } = deriveRules({
    dependencies,
    hosts,
    zones: [],
    scope: "all",
    activeDirectory: {
      controllers: [syntheticController("dc1"), syntheticController("dc2", { domain: "other.example" })],
      uses: [],
      memberships: new Map([
        ["m1", "joined"],
        ["old", "not-joined"],
      ]),
      listeners: [],
      blindTo: new Map(),
      retired: new Set(),
    },
  });
  expect(bundles).toHaveLength(count);
  expect(rules.flatMap(({ evidence }) => evidence.dependencies).toSorted()).toEqual(
    dependencies.map(({ id }) => id).toSorted(),
  );
});
