import type { Protocol } from "@portolan/protocol";
import { isLoopback } from "./address-range.ts";
import { sortedText } from "./order.ts";
import type { HostId, ListenerEvidence } from "./types.ts";

/** About the listeners of a host that would accept what is sent to an address and port; `scope` counts on loopback only. */
type Ask<Answer> = (
  hostId: HostId | undefined,
  protocol: Protocol,
  address: string | undefined,
  port: number,
  scope?: string,
) => Answer;

export interface ListenerIndex {
  /** Whether there is one. */
  listens: Ask<boolean>;
  /** Their processes, sorted. */
  owners: Ask<string[]>;
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
  const accepting: Ask<ListenerEvidence[]> = (hostId, protocol, address, port, scope) => {
    const candidates = hostId === undefined ? undefined : byPort.get(`${hostId}\n${protocol}\n${port}`);
    return candidates?.filter((listener) => accepts(listener, address, scope)) ?? [];
  };
  return {
    listens: (...asked) => accepting(...asked).length > 0,
    owners(...asked) {
      const all = accepting(...asked);
      // The kernel hands a connection to the listener on its very address before it asks a wildcard.
      const exact = all.filter((listener) => listener.address === asked[2]);
      return sortedText(new Set((exact.length > 0 ? exact : all).flatMap(({ process }) => process ?? [])));
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
