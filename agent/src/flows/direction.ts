import type { Observation } from "../sampling/sampler.ts";
import { TIME_WAIT_MS } from "../sampling/time-wait.ts";
import type { Listeners } from "./listeners.ts";

export interface Direction {
  direction: "inbound" | "outbound" | "unknown";
  /** Only the ephemeral range decided. */
  guessed: boolean;
}

export interface Surroundings {
  listeners: Listeners;
  /** True for addresses of this host within the row's scope. */
  isOwnAddress(address: string, scope: string | undefined): boolean;
  ephemeralPorts: { from: number; to: number };
  /** For how long the listeners were watched, in milliseconds. */
  watchedMs: number;
}

/** Linux gives its clients ports from 32768 on, Windows from 49152, unless somebody widened the range. */
const LOWEST_CLIENT_PORT = 32_768;

/**
 * Which end of a row is the server. In this order: a half-open row says who began; a listened local port is inbound;
 * a remote end that this host itself listens on is outbound; else an ephemeral port is taken for the client's.
 *
 * That leaves clients that bind a fixed port (NFS below 1024, ports pinned for a firewall), where neither end is
 * ephemeral, and hosts whose range was widened (Oracle's installer: from 9000 on), where both are. Nothing listens on
 * the local port, nor did in the last five minutes: where the remote port is low enough for a server's, this end called.
 */
export function directionOf(row: Observation, surroundings: Surroundings): Direction {
  const { listeners, isOwnAddress, ephemeralPorts, watchedMs } = surroundings;
  if (row.direction !== undefined) return { direction: row.direction, guessed: false };
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
  const remoteIsEphemeral = isEphemeral(row.remotePort);
  if (localIsEphemeral && !remoteIsEphemeral) return { direction: "outbound", guessed: true };
  // A row that outlived its socket may be a listener's that closed before anybody watched; Windows keeps it for longer.
  const isWatched = row.inode !== 0 || watchedMs > Math.max(TIME_WAIT_MS, row.waitedMs ?? 0);
  const called = row.remotePort < LOWEST_CLIENT_PORT && isWatched;
  if (called) return { direction: "outbound", guessed: true };
  if (remoteIsEphemeral && !localIsEphemeral) return { direction: "inbound", guessed: true };
  return { direction: "unknown", guessed: false };
}
