/** What one host counted of a flow on one day, and when on that day its reports span. */
export interface MemberDay {
  hostKey: number;
  day: number;
  connections: number;
  failed: number;
  bytesSent: number | null;
  bytesReceived: number | null;
  firstSeen: number;
  lastSeen: number;
  /** Of the reports; milliseconds since 1970 UTC. */
  from: number;
  to: number;
}

type Counts = Pick<MemberDay, "connections" | "failed" | "bytesSent" | "bytesReceived" | "firstSeen" | "lastSeen">;

const add = (a: number | null, b: number | null) => (a === null ? b : b === null ? a : a + b);
const larger = (a: number | null, b: number | null) => (a === null ? b : b === null ? a : Math.max(a, b));

function combine(a: Counts, b: Counts, by: typeof add): Counts {
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
export function mergeDay(rows: readonly MemberDay[]): Counts {
  const byHost = new Map<number, Counts & { from: number; to: number }>();
  for (const row of rows) {
    const known = byHost.get(row.hostKey);
    const span = { from: Math.min(known?.from ?? row.from, row.from), to: Math.max(known?.to ?? row.to, row.to) };
    byHost.set(row.hostKey, { ...(known ? combine(known, row, add) : row), ...span });
  }
  const [first, ...others] = [...byHost.values()].sort((a, b) => a.from - b.from || a.to - b.to);
  if (!first) throw new Error("a day without rows");
  let sum: Counts | undefined;
  let together: Counts = first;
  let end = first.to;
  for (const next of others) {
    if (next.from < end) together = combine(together, next, larger);
    else {
      sum = sum ? combine(sum, together, add) : together;
      together = next;
    }
    end = Math.max(end, next.to);
  }
  return sum ? combine(sum, together, add) : together;
}
