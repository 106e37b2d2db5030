import type { ControllerUse } from "@portolan/graph";
import { expect, test } from "vitest";
import { syntheticController } from "../testing/synthetic-controller.ts";
import { memberTraffic } from "./members.ts";

/** SYNTHETIC: who uses which ports of which controller. */
function use(client: string, to: string, ...ports: number[]): ControllerUse {
  const seen = { connections: 1, lowerBound: true, firstSeen: 0, lastSeen: 0, processes: [] };
  return { client, controller: to, services: ports.map((port) => ({ protocol: "tcp", port, ...seen })), processes: [] };
}

test("of those that never said, one is a member that uses Kerberos and LDAP, both and of a controller that is sure", () => {
  const { memberOf, controllers } = memberTraffic({
    controllers: [syntheticController("dc1"), syntheticController("ipa", { confidence: 0.4 })],
    uses: [
      use("both", "dc1", 88, 3268),
      use("kerberos", "dc1", 88, 445),
      use("ldap", "dc1", 389, 636),
      use("elsewhere", "ipa", 88, 389),
      use("half", "dc1", 88),
      use("half", "ipa", 389),
    ],
    memberships: new Map([["unsure", "unknown"]]),
    listeners: [],
    blindTo: new Map(),
    retired: new Set(),
  });
  expect([...controllers.keys()]).toEqual(["dc1"]);
  const asked = ["both", "kerberos", "ldap", "elsewhere", "half", "unsure", "nobody"];
  expect(asked.filter((client) => memberOf(client) !== undefined)).toEqual(["both"]);
});
