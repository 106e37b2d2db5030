import type { ConnectionEvent, Observation } from "../sampling/sampler.ts";
import { tupleKey } from "./tuple.ts";

/** What was seen of a connection that stands. */
interface Known {
  row: Observation;
}

/**
 * Fills in what a reset wiped from the word of an end: the far port always, the own address often. A standing
 * connection between the same host and the same local port that the snapshot no longer shows is the one meant, the
 * oldest first. Without one, the far port stays 0, unknown, and rows of the same local port or the same peer tell the own
 * address. Undefined where nothing tells it, or where every opening was told, so that the connection was counted already.
 *
 * O(standing + observations) once, O(1) an event.
 */
export function completeClosing(standing: Iterable<Known>, observations: readonly Observation[]) {
  const byPortAndPeer = new Map<string, Observation[]>();
  const ownByPort = new Map<string, string>();
  const ownByPeer = new Map<string, string>();
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
    ownByPort.set(portKey(row), row.localAddress);
    ownByPeer.set(peerKey(row), row.localAddress);
  }
  return (event: ConnectionEvent, tellsOpenings: boolean): Observation | undefined => {
    const meant = byPortAndPeer.get(portAndPeer(event))?.shift();
    if (meant !== undefined) return meant;
    if (tellsOpenings) return undefined;
    const localAddress = event.localAddress ?? ownByPort.get(portKey(event)) ?? ownByPeer.get(peerKey(event));
    if (localAddress === undefined) return undefined;
    const { protocol, localPort, remoteAddress, remotePort = 0, scope } = event;
    const row = {
      protocol,
      state: "established",
      localAddress,
      localPort,
      remoteAddress,
      remotePort,
      inode: 0,
    } as const;
    return scope === undefined ? row : { ...row, scope };
  };
}

type Ends = Pick<Observation, "protocol" | "localPort" | "remoteAddress" | "scope">;

const portAndPeer = (ends: Ends): string => `${portKey(ends)} ${ends.remoteAddress}`;
const portKey = ({ protocol, localPort, scope }: Ends): string => `${protocol} ${localPort} ${scope ?? ""}`;
const peerKey = ({ remoteAddress, scope }: Ends): string => `${remoteAddress} ${scope ?? ""}`;
