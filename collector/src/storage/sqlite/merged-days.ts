import { addKnown, type FlowCounts } from "./flow-counts.ts";

/** What one host counted of a flow on one day, and when on that day its reports span. */
export interface MemberDay extends FlowCounts {
  hostKey: number;
  day: number;
  /** Of the reports; milliseconds since 1970 UTC. */
  from: number;
  to: number;
}

const larger = (a: number | null, b: number | null) => (a === null ? b : b === null ? a : Math.max(a, b));

function combine(a: FlowCounts, b: FlowCounts, by: typeof addKnown): FlowCounts {
  return {
    connections: by(a.connections, b.connections) ?? 0,
    failed: by(a.failed, b.failed) ?? 0,
    bytesSent: by(a.bytesSent, b.bytesSent),
    bytesReceived: by(a.bytesReceived, b.bytesReceived),
    firstSeen: Math.min(a.firstSeen, b.firstSeen),
    lastSeen: Math.max(a.lastSeen, b.lastSeen),
  };
}

/**
 * One day of one flow, seen by hosts that are one. Agents that watched at the same time counted the same connections:
 * the larger counts. One that took over from another counted what the other no longer saw: the sum.
 * @param rows of one day, at least one; rows of the same host (agent and file) add up as they do without a merge
 */
export function mergeDay(rows: readonly MemberDay[]): FlowCounts {
  const byHost = new Map<number, FlowCounts & { from: number; to: number }>();
  for (const row of rows) {
    const known = byHost.get(row.hostKey);
    const span = { from: Math.min(known?.from ?? row.from, row.from), to: Math.max(known?.to ?? row.to, row.to) };
    byHost.set(row.hostKey, { ...(known ? combine(known, row, addKnown) : row), ...span });
  }
  const [first, ...others] = [...byHost.values()].sort((a, b) => a.from - b.from || a.to - b.to);
  if (!first) throw new Error("a day without rows");
  let sum: FlowCounts | undefined;
  let together: FlowCounts = first;
  let end = first.to;
  for (const next of others) {
    if (next.from < end) together = combine(together, next, larger);
    else {
      sum = sum ? combine(sum, together, addKnown) : together;
      together = next;
    }
    end = Math.max(end, next.to);
  }
  return sum ? combine(sum, together, addKnown) : together;
}
