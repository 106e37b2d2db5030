import type { Database } from "./database.ts";
import { dayText } from "./encoding.ts";

/** What a flow's days within a window come to. */
export interface DaySums {
  connectionsByDay: { day: string; connections: number }[];
  failed: number;
  bytesSent?: number;
  bytesReceived?: number;
  firstSeen: number;
  lastSeen: number;
  connectedBefore?: true;
}

type Row = [number, number, number, number, number | null, number | null, number, number];

const COLUMNS = "flow_key, day, connections, failed, bytes_sent, bytes_received, first_seen, last_seen";

/** Sums by flow key; flows without a day from..to (day numbers, inclusive) are absent. */
export function flowDays(db: Database) {
  const all = db
    .prepare<[number, number], Row>(`SELECT ${COLUMNS} FROM flow_day WHERE day BETWEEN ? AND ? ORDER BY flow_key, day`)
    .raw();
  const ofHost = db
    .prepare<[number, number, number], Row>(
      `SELECT ${COLUMNS} FROM flow_day WHERE day BETWEEN ? AND ?
         AND flow_key IN (SELECT flow_key FROM flow WHERE host_key = ?) ORDER BY flow_key, day`,
    )
    .raw();
  const connected = db
    .prepare<[number], number>("SELECT DISTINCT flow_key FROM flow_day WHERE day < ? AND connections > 0")
    .pluck();
  return (from: number, to: number, hostKey?: number): ReadonlyMap<number, DaySums> => {
    const sums = new Map<number, DaySums>();
    const texts = new Map<number, string>();
    const rows = hostKey === undefined ? all.iterate(from, to) : ofHost.iterate(from, to, hostKey);
    for (const [flowKey, day, connections, failed, bytesSent, bytesReceived, firstSeen, lastSeen] of rows) {
      let sum = sums.get(flowKey);
      if (!sum) sums.set(flowKey, (sum = { connectionsByDay: [], failed: 0, firstSeen, lastSeen }));
      let text = texts.get(day);
      if (text === undefined) texts.set(day, (text = dayText(day)));
      sum.connectionsByDay.push({ day: text, connections });
      sum.failed += failed;
      if (bytesSent !== null) sum.bytesSent = (sum.bytesSent ?? 0) + bytesSent;
      if (bytesReceived !== null) sum.bytesReceived = (sum.bytesReceived ?? 0) + bytesReceived;
      sum.firstSeen = Math.min(sum.firstSeen, firstSeen);
      sum.lastSeen = Math.max(sum.lastSeen, lastSeen);
    }
    // All of the evidence has nothing before it, and no index to say so.
    for (const flowKey of from > 0 ? connected.iterate(from) : []) {
      const sum = sums.get(flowKey);
      if (sum) sum.connectedBefore = true;
    }
    return sums;
  };
}
