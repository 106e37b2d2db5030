import type { ConnectionEvent, Observation } from "../sampling/sampler.ts";
import type { Sighting } from "./fold.ts";
import { tupleOf } from "../sampling/tuple.ts";

/** What a socket's row would have been; without an inode, as no event knows it. */
export function rowOf(event: ConnectionEvent): Observation {
  const { protocol, localAddress = "", localPort, remoteAddress, remotePort = 0, process, scope } = event;
  const row: Observation = {
    protocol,
    state: protocol === "udp" ? "connected" : "established",
    localAddress,
    localPort,
    remoteAddress,
    remotePort,
    inode: 0,
  };
  if (process !== undefined) row.process = process;
  if (scope !== undefined) row.scope = scope;
  return row;
}

/** An attempt of which an event told that it was refused or never answered. */
export function failedAttempt(event: ConnectionEvent): Sighting {
  return {
    ...tupleOf(rowOf(event)),
    direction: event.direction ?? "outbound",
    guessed: false,
    process: event.process,
    connections: 0,
    failed: 1,
    firstSeen: event.at,
    lastSeen: event.at,
    sources: [event.source],
  };
}
