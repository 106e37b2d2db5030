import type { Dependency } from "../types.ts";

/** SYNTHETIC dependency of one connection that both ends saw; more fields as given. */
export function syntheticDependency(serverPort: number, more: Partial<Dependency>): Dependency {
  return {
    id: `${more.clientHost ?? more.clientAddress}-${more.serverHost ?? more.serverAddress}-${serverPort}`,
    site: "s",
    protocol: "tcp",
    serverPort,
    clientProcesses: [],
    serverProcesses: [],
    connections: 1,
    lowerBound: true,
    failed: 0,
    firstSeen: 10,
    lastSeen: 20,
    days: [],
    ends: "both",
    sources: [],
    direction: "observed",
    ...more,
  };
}
