import type { Dependency, Zone } from "@portolan/graph";
import { expect } from "vitest";
import { deriveRules } from "../rules.ts";
import type { ActiveDirectoryInput, RuleInput } from "../types.ts";
import { syntheticController as controller, syntheticUse as use } from "./synthetic-controller.ts";
import { syntheticDependency, syntheticHost as host } from "./synthetic-estate.ts";

const zone = (name: string, cidr: string): Zone => ({ name, cidr, site: "s", kind: "servers" });
/** SYNTHETIC: members stand in one, controllers in the other. */
export const zones = [zone("app", "10.0.1.0/24"), zone("core", "10.0.2.0/24")];
/** SYNTHETIC: the address of each controller. */
export const DCS = { dc1: "10.0.2.1", dc2: "10.0.2.2" } as const;
/** SYNTHETIC: two members, an application that is not joined, two controllers. */
export const hosts = [
  host("m1", "10.0.1.1"),
  host("m2", "10.0.1.2"),
  host("app1", "10.0.1.3"),
  host("dc1", DCS.dc1),
  host("dc2", DCS.dc2),
];

const ADDRESSES: Record<string, string> = { m1: "10.0.1.1", m2: "10.0.1.2", app1: "10.0.1.3", quiet: "10.0.1.4" };

/** SYNTHETIC: a client of one of the two controllers. */
export function uses(
  client: string,
  server: keyof typeof DCS,
  port: number,
  more: Partial<Dependency> = {},
): Dependency {
  return syntheticDependency(ADDRESSES[client] ?? client, DCS[server], port, {
    id: `${client}-${server}-${more.protocol ?? "tcp"}-${port}`,
    ...(client !== "quiet" && { clientHost: client }),
    serverHost: server,
    ...more,
  });
}

/** SYNTHETIC: what is known of their domain. No host of the inventory has the address 10.0.1.4, which uses Kerberos and LDAP. */
export const directory: ActiveDirectoryInput = {
  controllers: [controller("dc1"), controller("dc2")],
  uses: [use("u:s:10.0.1.4", "dc1", 88, 389), use("app1", "dc1", 88, 389)],
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

/** Rules of the synthetic domain, between its zones unless said otherwise; the same in whichever order dependencies come. */
export function derive(dependencies: readonly Dependency[], more: Partial<RuleInput> = {}) {
  const input: RuleInput = { dependencies, hosts, zones, scope: "cross-zone", activeDirectory: directory, ...more };
  const derived = deriveRules(input);
  expect(deriveRules({ ...input, dependencies: dependencies.toReversed() })).toEqual(derived);
  return derived;
}
