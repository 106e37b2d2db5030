import type { Dependency, Host, HostAddress } from "@portolan/graph";

/** SYNTHETIC host at site "s" with the given addresses, the id and name being the same. */
export function syntheticHost(id: string, ...addresses: (string | HostAddress)[]): Host {
  return {
    id,
    name: id,
    site: "s",
    kind: "managed",
    addresses: addresses.map((entry) => (typeof entry === "string" ? { address: entry, hostLocal: false } : entry)),
  };
}

/** SYNTHETIC dependency between two addresses; more fields as given. */
export function syntheticDependency(
  clientAddress: string,
  serverAddress: string,
  serverPort: number,
  more: Partial<Dependency> = {},
): Dependency {
  return {
    id: `d-${clientAddress}-${serverAddress}-${serverPort}`,
    site: "s",
    clientAddress,
    serverAddress,
    protocol: "tcp",
    serverPort,
    clientProcesses: [],
    serverProcesses: [],
    connections: 1,
    lowerBound: true,
    failed: 0,
    firstSeen: 100,
    lastSeen: 200,
    days: ["2026-11-01"],
    ends: "both",
    sources: ["synthetic"],
    direction: "observed",
    ...more,
  };
}
