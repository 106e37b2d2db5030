import type { Process, Source } from "@portolan/protocol";
import type { Observation, Snapshot } from "../sampling/sampler.ts";
import type { Drained, FlowTable } from "./flow-table.ts";

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

export function drainedAfter(
  table: FlowTable,
  ...snapshots: [seconds: number, rows: Observation[], ok?: boolean][]
): Drained {
  for (const [seconds, rows, ok] of snapshots) table.observe(syntheticSnapshot(seconds, rows, ok));
  return table.drain();
}

/** Flows in short: direction, ends without the client's port, connections, process. */
export function brief({ flows, processes }: Drained): string[] {
  return flows.map((flow) => {
    const ports = flow.direction === "unknown" ? `${flow.localPort}-${flow.remotePort}` : String(flow.serverPort);
    const process = flow.process === undefined ? "?" : processes[flow.process]?.name;
    const guessed = flow.direction !== "unknown" && flow.guessed === true ? " guessed" : "";
    const failed = flow.failed === undefined ? "" : ` failed ${flow.failed}`;
    return `${flow.direction} ${flow.localAddress} ${flow.remoteAddress} ${flow.protocol}/${ports} ${flow.connections}${failed} ${process}${guessed}`;
  });
}

export const leftBehind = (port: number): Observation[] =>
  Array.from({ length: 100 }, (_, client) => tcp("time-wait", `10.0.0.1:${port}`, `10.0.0.2:${40000 + client}`, 0));

export const listening = (port: number): Observation[] => [
  tcp("listening", `0.0.0.0:${port}`, NOBODY, 1, { process: POSTGRES }),
];

export const counts = (drained: Drained): [number, number?][] =>
  drained.flows.map((flow) => (flow.failed === undefined ? [flow.connections] : [flow.connections, flow.failed]));

export const listeningPorts = ({ listeners }: Drained): number[] => listeners.map((listener) => listener.port);

export const tupleOf = (entry: Observation): string =>
  JSON.stringify([
    entry.protocol,
    entry.localAddress,
    entry.localPort,
    entry.remoteAddress,
    entry.remotePort,
    entry.scope,
  ]);
