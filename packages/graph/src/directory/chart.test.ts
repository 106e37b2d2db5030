import { expect, test } from "vitest";
import { suggestGroups } from "../move-groups.ts";
import { detectSharedServices } from "../shared-services.ts";
import { chart, host, told, uses } from "../testing/synthetic-directory.ts";

test("a controller is a shared service in the smallest estate, and ties nothing together", () => {
  const hosts = ["dc1", "m1", "m2"].map((name, index) => host(name, `10.0.0.${index + 1}`));
  const dependencies = [uses("m1", "dc1", 88), uses("m2", "dc1", 88)];
  const { controllers } = chart({ hosts, dependencies, directory: [told("dc1", { role: "dc" })] });
  const shared = detectSharedServices(dependencies, hosts, controllers);
  expect(shared).toEqual([
    {
      hostId: "dc1",
      source: "suggested",
      confidence: 1,
      reasons: ["domain controller: says that it is a domain controller"],
    },
  ]);
  expect(suggestGroups(dependencies, hosts, shared).map(({ hosts: members }) => members)).toEqual([
    ["dc1"],
    ["m1"],
    ["m2"],
  ]);
  expect(detectSharedServices(dependencies, hosts)).toEqual([]);
});
