import type { Observation } from "../sampling/sampler.ts";

/** What tells connections of one moment apart. */
export function tupleKey(row: Observation): string {
  return `${row.protocol} ${row.localAddress} ${row.localPort} ${row.remoteAddress} ${row.remotePort} ${row.scope ?? ""}`;
}
