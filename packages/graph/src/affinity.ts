import { joinsTwoHosts } from "./peers.ts";
import type { Dependency, HostId } from "./types.ts";

/** How strongly two hosts belong together, whichever serves the other; `a` < `b` in text order. */
export interface Affinity {
  a: HostId;
  b: HostId;
  weight: number;
  dependencies: Dependency[];
}

const DATABASE_PORTS = new Set([1433, 1521, 3306, 5432, 1526, 5000, 27017, 50000, 6379, 9042]);
/** Remote administration and file shares: everybody's administrators use them everywhere. */
const ADMINISTRATION_PORTS = new Set([445, 3389, 135, 5985, 22, 23, 161]);
const FIRST_DYNAMIC_PORT = 49_152;

/**
 * Weights between the given hosts: per dependency log(1 + connections), times 1.5 for databases, 0.25 for administration,
 * 0.1 for dynamic ports (measured in the planning notes). O(dependencies).
 */
export function affinities(dependencies: readonly Dependency[], hosts: ReadonlySet<HostId>): Affinity[] {
  const pairs = new Map<string, Affinity>();
  for (const dependency of dependencies) {
    if (!joinsTwoHosts(dependency)) continue;
    const { clientHost, serverHost } = dependency;
    if (!hosts.has(clientHost) || !hosts.has(serverHost)) continue;
    const [a, b] = clientHost < serverHost ? [clientHost, serverHost] : [serverHost, clientHost];
    const key = `${a}\n${b}`;
    let pair = pairs.get(key);
    if (!pair) pairs.set(key, (pair = { a, b, weight: 0, dependencies: [] }));
    pair.weight += Math.log(1 + dependency.connections) * portWeight(dependency.serverPort);
    pair.dependencies.push(dependency);
  }
  return [...pairs.values()];
}

function portWeight(port: number): number {
  if (DATABASE_PORTS.has(port)) return 1.5;
  if (ADMINISTRATION_PORTS.has(port)) return 0.25;
  return port >= FIRST_DYNAMIC_PORT ? 0.1 : 1;
}
