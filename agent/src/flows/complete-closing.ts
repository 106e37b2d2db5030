import type { ConnectionEvent, Observation } from "../sampling/sampler.ts";
import { rowOf } from "./event-row.ts";
import { tupleKey } from "../sampling/tuple.ts";

/** What was seen of a connection that stands. */
interface Known {
  row: Observation;
}

/**
 * Fills in what a reset wiped from the word of an end: the far port always, the own address often. A standing
 * connection between the same host and the same local port that the snapshot no longer shows is the one meant, the
 * oldest first. Without one, the far port stays 0, unknown, and the rows of the same peer, or without any those of the
 * same local port, tell the own address where they agree on one. "counted" where every opening was told; undefined where
 * nothing tells the address: to guess among several counts one server twice and misses another.
 *
 * O(standing + observations) once, O(1) an event.
 */
export function completeClosing(standing: Iterable<Known>, observations: readonly Observation[]) {
  const byPortAndPeer = new Map<string, Observation[]>();
  const ownByPort = new Map<string, string | undefined>();
  const ownByPeer = new Map<string, string | undefined>();
  const shown = new Set(observations.map(tupleKey));
  for (const { row } of standing) {
    if (shown.has(tupleKey(row))) continue;
    const key = portAndPeer(row);
    const others = byPortAndPeer.get(key);
    if (others === undefined) byPortAndPeer.set(key, [row]);
    else others.push(row);
  }
  for (const row of observations) {
    if (row.remotePort === 0) continue;
    agree(ownByPort, portKey(row), row.localAddress);
    agree(ownByPeer, peerKey(row), row.localAddress);
  }
  return (event: ConnectionEvent, tellsOpenings: boolean): Observation | "counted" | undefined => {
    const meant = byPortAndPeer.get(portAndPeer(event))?.shift();
    if (meant !== undefined) return meant;
    if (tellsOpenings) return "counted";
    const [evidence, key] = ownByPeer.has(peerKey(event)) ? [ownByPeer, peerKey(event)] : [ownByPort, portKey(event)];
    const localAddress = event.localAddress ?? evidence.get(key);
    return localAddress === undefined ? undefined : rowOf({ ...event, localAddress });
  };
}

/** Undefined once two differ. */
function agree(addresses: Map<string, string | undefined>, key: string, address: string): void {
  addresses.set(key, !addresses.has(key) || addresses.get(key) === address ? address : undefined);
}

type Ends = Pick<Observation, "protocol" | "localPort" | "remoteAddress" | "scope">;

const portAndPeer = (ends: Ends): string => `${portKey(ends)} ${ends.remoteAddress}`;
const portKey = ({ protocol, localPort, scope }: Ends): string => `${protocol} ${localPort} ${scope ?? ""}`;
const peerKey = ({ remoteAddress, scope }: Ends): string => `${remoteAddress} ${scope ?? ""}`;
