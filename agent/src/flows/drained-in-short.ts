import type { Observation } from "../sampling/sampler.ts";
import type { Drained, FlowTable } from "./flow-table.ts";
import { syntheticSnapshot } from "./synthetic-snapshots.ts";

/** What a table drains after synthetic snapshots; for tests. */
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

/** Of each flow its connections, and what failed where some did. */
export const counts = (drained: Drained): [number, number?][] =>
  drained.flows.map((flow) => (flow.failed === undefined ? [flow.connections] : [flow.connections, flow.failed]));

export const listeningPorts = ({ listeners }: Drained): number[] => listeners.map((listener) => listener.port);
