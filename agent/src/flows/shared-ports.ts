import type { Tuple } from "../sampling/tuple.ts";

/** Peers' ports that one port must have met before it is taken for a server's. */
const PEERS_OF_A_SERVER = 3;

/**
 * Guesses the direction of sightings that nothing else decides, by the company they keep: a client takes a new port for
 * each connection to the same host, a server keeps its own. So a local port that met three or more ports of one peer is
 * a server's, and likewise a peer's port. It explains what a listener left behind that closed before the agent began.
 *
 * Returns undefined where the company decides nothing, or both ways. O(sightings).
 */
export function guessBySharedPorts(
  sightings: readonly Tuple[],
): (sighting: Tuple) => "inbound" | "outbound" | undefined {
  const local = new Map<string, Set<number>>();
  const remote = new Map<string, Set<number>>();
  for (const sighting of sightings) {
    add(local, localKey(sighting), sighting.remotePort);
    add(remote, remoteKey(sighting), sighting.localPort);
  }
  return (sighting) => {
    const isServer = (local.get(localKey(sighting))?.size ?? 0) >= PEERS_OF_A_SERVER;
    const isClient = (remote.get(remoteKey(sighting))?.size ?? 0) >= PEERS_OF_A_SERVER;
    if (isServer === isClient) return undefined;
    return isServer ? "inbound" : "outbound";
  };
}

const pairKey = ({ protocol, localAddress, remoteAddress, scope }: Tuple): string =>
  `${protocol} ${localAddress} ${remoteAddress} ${scope ?? ""}`;
const localKey = (sighting: Tuple): string => `${pairKey(sighting)} ${sighting.localPort}`;
const remoteKey = (sighting: Tuple): string => `${pairKey(sighting)} ${sighting.remotePort}`;

function add(ports: Map<string, Set<number>>, key: string, port: number): void {
  const known = ports.get(key);
  if (known === undefined) ports.set(key, new Set([port]));
  else known.add(port);
}
