import type { Dependency, Host, HostId } from "./types.ts";

/** Distinct hosts that a host serves (`clients`) and that serve it (`servers`). */
export interface Peers {
  clients: Set<HostId>;
  servers: Set<HostId>;
}

/** True for a dependency between two different known hosts. */
export function joinsTwoHosts(
  dependency: Dependency,
): dependency is Dependency & { clientHost: HostId; serverHost: HostId } {
  const { clientHost, serverHost } = dependency;
  return clientHost !== undefined && serverHost !== undefined && clientHost !== serverHost;
}

/** True for hosts that can move: managed or imported. */
export function isServer(host: Host): boolean {
  return host.kind !== "unmanaged";
}

/** Peers of every given host among the given hosts, by dependencies whose direction is known. O(dependencies). */
export function peersOf(dependencies: readonly Dependency[], hosts: Iterable<HostId>): Map<HostId, Peers> {
  const peers = new Map<HostId, Peers>();
  for (const id of hosts) peers.set(id, { clients: new Set(), servers: new Set() });
  for (const dependency of dependencies) {
    if (!joinsTwoHosts(dependency) || dependency.direction === "unknown") continue;
    const client = peers.get(dependency.clientHost);
    const server = peers.get(dependency.serverHost);
    if (!client || !server) continue;
    client.servers.add(dependency.serverHost);
    server.clients.add(dependency.clientHost);
  }
  return peers;
}
