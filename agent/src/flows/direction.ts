import type { Observation } from "../sampling/sampler.ts";
import type { Listeners } from "./listeners.ts";

export interface Direction {
  direction: "inbound" | "outbound" | "unknown";
  /** Only the ephemeral range decided. */
  guessed: boolean;
}

interface Surroundings {
  listeners: Listeners;
  /** True for addresses of this host within the row's scope. */
  isOwnAddress(address: string, scope: string | undefined): boolean;
  ephemeralPorts: { from: number; to: number };
}

/**
 * Which end of a row is the server. In this order: a half-open row says who began; a listened local port is inbound;
 * a remote end that this host itself listens on is outbound; else an ephemeral port is taken for the client's.
 */
export function directionOf(row: Observation, { listeners, isOwnAddress, ephemeralPorts }: Surroundings): Direction {
  if (row.state === "syn-sent") return { direction: "outbound", guessed: false };
  if (row.state === "syn-received") return { direction: "inbound", guessed: false };
  if (listeners.isListenedOn(row.protocol, row.localAddress, row.localPort, row.scope)) {
    return { direction: "inbound", guessed: false };
  }
  if (
    isOwnAddress(row.remoteAddress, row.scope) &&
    listeners.isListenedOn(row.protocol, row.remoteAddress, row.remotePort, row.scope)
  ) {
    return { direction: "outbound", guessed: false };
  }
  const isEphemeral = (port: number): boolean => port >= ephemeralPorts.from && port <= ephemeralPorts.to;
  const localIsEphemeral = isEphemeral(row.localPort);
  if (localIsEphemeral === isEphemeral(row.remotePort)) return { direction: "unknown", guessed: false };
  return { direction: localIsEphemeral ? "outbound" : "inbound", guessed: true };
}
