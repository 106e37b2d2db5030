import type { Dependency, DependencyDirection, Host, HostId } from "@portolan/graph";
import type { Protocol } from "@portolan/protocol";
import { hostNames } from "./host-names.ts";
import { rfc3339 } from "./text.ts";

export interface DependencyJson {
  clientAddress?: string;
  serverAddress?: string;
  protocol: Protocol;
  serverPort: number;
  /** Host names; absent when the end is unmanaged. */
  clientHost?: string;
  serverHost?: string;
  /** Of a loopback dependency inside a container: its network namespace. */
  scope?: string;
  clientProcesses: string[];
  serverProcesses: string[];
  connections: number;
  lowerBound: boolean;
  failed: number;
  bytesSent?: number;
  bytesReceived?: number;
  firstSeen: string;
  lastSeen: string;
  /** Number of days. */
  days: number;
  ends: "client" | "server" | "both";
  sources: string[];
  direction: DependencyDirection;
  /** Only of an unknown direction: the other port. */
  clientPort?: number;
  /** Number of clients that `clientAddress`, then a range, stands for. */
  folded?: number;
}

/** One dependency as lists show it. `names` comes from {@link hostNames}, made once for many. */
export function dependencyJson(dependency: Dependency, names: ReadonlyMap<HostId, string>): DependencyJson {
  const { clientAddress, serverAddress, clientHost, serverHost, bytesSent, bytesReceived, clientPort, folded, scope } =
    dependency;
  return {
    ...(clientAddress !== undefined && { clientAddress }),
    ...(serverAddress !== undefined && { serverAddress }),
    protocol: dependency.protocol,
    serverPort: dependency.serverPort,
    ...(clientHost !== undefined && { clientHost: names.get(clientHost) ?? clientHost }),
    ...(serverHost !== undefined && { serverHost: names.get(serverHost) ?? serverHost }),
    ...(scope !== undefined && { scope }),
    clientProcesses: dependency.clientProcesses,
    serverProcesses: dependency.serverProcesses,
    connections: dependency.connections,
    lowerBound: dependency.lowerBound,
    failed: dependency.failed,
    ...(bytesSent !== undefined && { bytesSent }),
    ...(bytesReceived !== undefined && { bytesReceived }),
    firstSeen: rfc3339(dependency.firstSeen),
    lastSeen: rfc3339(dependency.lastSeen),
    days: dependency.days.length,
    ends: dependency.ends,
    sources: dependency.sources,
    direction: dependency.direction,
    ...(clientPort !== undefined && { clientPort }),
    ...(folded !== undefined && { folded }),
  };
}

/** All dependencies, in the given order. */
export function dependenciesJson(
  dependencies: readonly Dependency[],
  hosts: readonly Host[],
): { items: DependencyJson[] } {
  const names = hostNames(hosts);
  return { items: dependencies.map((dependency) => dependencyJson(dependency, names)) };
}
