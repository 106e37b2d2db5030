import type { Process, Source } from "@portolan/protocol";
import type { Observation, Snapshot } from "../sampling/sampler.ts";

/** Synthetic rows and snapshots for tests; addresses as `10.0.0.1:5432` or `[::1]:80`. */
export const T0 = Date.UTC(2026, 10, 21, 9);

const SOURCE: Source = { name: "synthetic", ok: true, observations: 0, lost: 0, gapMs: 0, cpuMs: 0, blindTo: [] };

/** A snapshot `seconds` after {@link T0}. */
export function syntheticSnapshot(seconds: number, observations: Observation[], ok = true): Snapshot {
  return {
    at: T0 + seconds * 1000,
    observations,
    events: [],
    tellsOpenings: false,
    tellsFailures: false,
    isComplete: ok,
    sources: [{ ...SOURCE, ok }],
    ephemeralPorts: { from: 32768, to: 60999 },
  };
}

export function tcp(
  state: Observation["state"],
  local: string,
  remote: string,
  inode: number,
  extra: { process?: Process; scope?: string } = {},
): Observation {
  const [localAddress, localPort] = endOf(local);
  const [remoteAddress, remotePort] = endOf(remote);
  return { protocol: "tcp", state, localAddress, localPort, remoteAddress, remotePort, inode, ...extra };
}

export function udp(
  state: "connected" | "unconnected",
  local: string,
  remote: string,
  inode: number,
  extra: { process?: Process; scope?: string } = {},
): Observation {
  return { ...tcp("established", local, remote, inode, extra), protocol: "udp", state };
}

function endOf(text: string): [address: string, port: number] {
  const colon = text.lastIndexOf(":");
  return [text.slice(0, colon).replace(/^\[|\]$/g, ""), Number(text.slice(colon + 1))];
}

export const POSTGRES: Process = { name: "postgres", user: "postgres" };
export const APP: Process = { name: "java", program: "app.jar" };
export const NOBODY = "0.0.0.0:0";

export const leftBehind = (port: number): Observation[] =>
  Array.from({ length: 100 }, (_, client) => tcp("time-wait", `10.0.0.1:${port}`, `10.0.0.2:${40000 + client}`, 0));

export const listening = (port: number): Observation[] => [
  tcp("listening", `0.0.0.0:${port}`, NOBODY, 1, { process: POSTGRES }),
];
