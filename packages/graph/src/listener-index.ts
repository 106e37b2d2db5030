import type { Protocol } from "@portolan/protocol";
import { isLoopback } from "./address-range.ts";
import type { HostId, ListenerEvidence } from "./types.ts";

export interface ListenerIndex {
  /** Whether a listener of the host would accept what is sent to this address and port. `scope` counts on loopback only. */
  listens(
    hostId: HostId | undefined,
    protocol: Protocol,
    address: string | undefined,
    port: number,
    scope?: string,
  ): boolean;
}

/** Listeners by host, protocol and port. Building is O(listeners), asking O(listeners on that port of that host). */
export function createListenerIndex(listeners: readonly ListenerEvidence[]): ListenerIndex {
  const byPort = new Map<string, ListenerEvidence[]>();
  for (const listener of listeners) {
    const key = `${listener.hostId}\n${listener.protocol}\n${listener.port}`;
    const present = byPort.get(key);
    if (present) present.push(listener);
    else byPort.set(key, [listener]);
  }
  return {
    listens(hostId, protocol, address, port, scope) {
      if (hostId === undefined) return false;
      const candidates = byPort.get(`${hostId}\n${protocol}\n${port}`);
      return candidates?.some((listener) => accepts(listener, address, scope)) ?? false;
    },
  };
}

/** A wildcard listener inside a container takes only that container's loopback, and `::` takes IPv4 too (dual stack). */
function accepts(listener: ListenerEvidence, address: string | undefined, scope: string | undefined): boolean {
  if (address === undefined) return true;
  if (isLoopback(address) && listener.scope !== scope) return false;
  if (listener.address === address || listener.address === "::") return true;
  return listener.address === "0.0.0.0" && !address.includes(":");
}
