import type { TrueDependency } from "../estate/traffic/truth.ts";
import { CONTAINER_ADDRESS, TRACKING_HOSTS } from "./lab-plan.ts";

// What the tiers of the lab promise: socket tables and `ss -E` everywhere, conntrack on the hosts that track. Tracing names
// callers by their pid on the whole machine, and so can't run in the lab, whose hosts have pids of their own: the recall
// lab (test/bench/recall.bench.ts), which runs without, measures it.

/** True where the socket tables alone can see it: `ss -E` is told of its own network namespace only. */
export function isSeenByTablesOnly({ clientAddress, serverAddress, container }: TrueDependency): boolean {
  return container !== undefined || clientAddress === CONTAINER_ADDRESS || serverAddress === CONTAINER_ADDRESS;
}

function isTracked({ clientHost, serverHost }: TrueDependency): boolean {
  return TRACKING_HOSTS.includes(clientHost) || TRACKING_HOSTS.includes(serverHost);
}

/**
 * False for unconnected UDP between hosts that track nothing (of connected sockets `ss` tells, where they asked a name
 * server: the lab has no others there), and for what failed within a container.
 */
export function isPromised(entry: TrueDependency): boolean {
  if (entry.protocol === "udp") return entry.connected > 0 || isTracked(entry);
  return entry.connections > 0 || !isSeenByTablesOnly(entry);
}

/** How many connections are to be counted. In the lab each one of a container ends in FIN from the container's end. */
export function promisedCount(entry: TrueDependency): number {
  return entry.protocol === "udp" && !isTracked(entry) ? entry.connected : entry.connections;
}
