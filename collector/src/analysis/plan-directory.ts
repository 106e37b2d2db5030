import {
  type Controller,
  createAddressIndex,
  type Dependency,
  endpointId,
  domainOf,
  type HostId,
  TRUSTED_CONTROLLER,
} from "@portolan/graph";
import type { PlanDirectory } from "@portolan/waves";
import type { StoredAddressDependency } from "../storage/directory.ts";
import type { Analysis } from "./analysis.ts";
import { retiredHosts } from "./retired-hosts.ts";

const DNS = 53;

/** Who answers whose DNS queries: by flows, and by the servers that hosts are set up with. */
function resolversOf(
  { hosts }: Analysis,
  dependencies: readonly Dependency[],
  addressDependencies: readonly StoredAddressDependency[],
): Map<HostId, HostId[]> {
  const found = new Map<HostId, Set<HostId>>();
  const note = (client: HostId, server: HostId): void => {
    if (client !== server) found.set(client, (found.get(client) ?? new Set()).add(server));
  };
  for (const dependency of dependencies) {
    const { serverPort, direction, connections, ends } = dependency;
    if (serverPort !== DNS || direction === "unknown" || (connections === 0 && ends === "client")) continue;
    note(endpointId(dependency, "client"), endpointId(dependency, "server"));
  }
  const siteOf = new Map(hosts.map(({ id, site }) => [id, site]));
  const addresses = createAddressIndex(hosts);
  for (const { kind, current, hostId, target } of addressDependencies) {
    const site = siteOf.get(hostId);
    if (kind !== "dns-server" || !current || site === undefined) continue;
    const server = addresses.resolve(target, hostId, site)?.hostId;
    if (server !== undefined) note(hostId, server);
  }
  return new Map([...found].map(([client, servers]) => [client, [...servers].sort()]));
}

/** Controllers to count on. A name alone may be another name of one that is known by its address: then it is none more. */
function counting(controllers: readonly Controller[]): Controller[] {
  const trusted = controllers.filter(({ confidence }) => confidence >= TRUSTED_CONTROLLER);
  const located = new Set(trusted.flatMap(({ addresses, domain }) => (addresses.length > 0 ? [domain] : [])));
  return trusted.filter(({ addresses, domain }) => addresses.length > 0 || !located.has(domain));
}

/** What a plan must know of Active Directory; of retired hosts there is nothing left to see to. O(dependencies). */
export function planDirectory(
  analysis: Analysis,
  dependencies: readonly Dependency[],
  addressDependencies: readonly StoredAddressDependency[],
): PlanDirectory {
  const retired = retiredHosts(analysis);
  const controllers = counting(analysis.controllers.filter(({ id }) => !retired.has(id)));
  const known = new Set(controllers.map(({ id }) => id));
  const controllersOf = new Map<HostId, Set<HostId>>();
  const note = (user: HostId, controller: HostId): void =>
    void controllersOf.set(user, (controllersOf.get(user) ?? new Set()).add(controller));
  for (const { id, namedBy } of controllers) for (const { host } of namedBy) note(host, id);
  for (const { client, controller } of analysis.controllerUses) note(client, controller);

  const users: [HostId, { controllers: HostId[]; joined: boolean; domain?: string }][] = [];
  const listed = (id: HostId) => [...(controllersOf.get(id) ?? [])].sort();
  for (const { hostId, record } of analysis.directory) {
    const isMember = record.status === "joined" || record.status === "broken";
    if (!isMember || known.has(hostId) || retired.has(hostId)) continue;
    const domain = domainOf(record);
    users.push([hostId, { controllers: listed(hostId), joined: true, ...(domain !== undefined && { domain }) }]);
  }
  for (const { client } of analysis.directoryOutsiders)
    if (!retired.has(client)) users.push([client, { controllers: listed(client), joined: false }]);
  return {
    controllers: controllers.map(({ id, name, domain }) => ({ id, name, ...(domain !== undefined && { domain }) })),
    users: new Map(users),
    resolvers: resolversOf(analysis, dependencies, addressDependencies),
    names: new Map([
      ...controllers.map(({ id, name }) => [id, name] as const),
      ...analysis.allHosts.map(({ id, name }) => [id, name] as const),
    ]),
    coveredSegments: analysis.segmentSites.filter(({ sites }) => sites.length > 0).map(({ cidr }) => cidr),
  };
}
