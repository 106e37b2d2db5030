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
