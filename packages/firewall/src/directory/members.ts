import { type Controller, type Dependency, endpointId, type HostId, TRUSTED_CONTROLLER } from "@portolan/graph";
import type { ActiveDirectoryInput, BundleMember } from "../types.ts";

const KERBEROS = 88;
const DIRECTORY = new Set([389, 636, 3268, 3269]);

export interface MemberTraffic {
  controllers: ReadonlyMap<HostId, Controller>;
  /** Why the client of a dependency on a controller counts as a member; undefined where it does not. */
  memberOf(client: HostId): BundleMember["because"] | undefined;
  /** The controller that a member's dependency goes to; undefined for any other dependency. */
  controllerOf(dependency: Dependency): Controller | undefined;
}

/**
 * Who is a member as far as rules go: a host that says it is joined, also where its account is broken, and of those that
 * never said, or can't, one that uses both Kerberos and LDAP of a controller, as every member does. Who says that it is not
 * joined is none, and controllers among themselves are none: replication needs other rules.
 */
export function memberTraffic({ controllers, uses, memberships }: ActiveDirectoryInput): MemberTraffic {
  const trusted = new Map(
    controllers.filter(({ confidence }) => confidence >= TRUSTED_CONTROLLER).map((entry) => [entry.id, entry]),
  );
  const portsOf = new Map<HostId, Set<number>>();
  for (const { client, controller, services } of uses) {
    if (!trusted.has(controller)) continue;
    const ports = portsOf.get(client) ?? new Set();
    portsOf.set(client, ports);
    for (const { port } of services) ports.add(port);
  }

  function memberOf(client: HostId): BundleMember["because"] | undefined {
    if (trusted.has(client)) return undefined;
    const told = memberships.get(client);
    if (told === "joined" || told === "broken") return "reported";
    if (told === "not-joined") return undefined;
    const ports = portsOf.get(client);
    return ports?.has(KERBEROS) && [...ports].some((port) => DIRECTORY.has(port)) ? "kerberos-and-ldap" : undefined;
  }

  function controllerOf(dependency: Dependency): Controller | undefined {
    const controller = trusted.get(endpointId(dependency, "server"));
    return controller && memberOf(endpointId(dependency, "client")) !== undefined ? controller : undefined;
  }

  return { controllers: trusted, memberOf, controllerOf };
}
