import type { Database } from "./database.ts";
import type { FlowCounts } from "./flow-counts.ts";
import { addMonth, monthOfDay, type MonthCounts } from "./month-counts.ts";
import { firstDayOf, monthOf } from "./months.ts";

/** No day is counted by month yet. */
const NONE = Number.NEGATIVE_INFINITY;

type Row = [number, number, number, number, number | null, number | null, number, number, number];

const COLUMNS = "flow_key, month, connections, failed, bytes_sent, bytes_received, first_seen, last_seen, days";

function readMonth([
  ,
  month,
  connections,
  failed,
  bytesSent,
  bytesReceived,
  firstSeen,
  lastSeen,
  bits,
]: Row): MonthCounts {
  return { month, connections, failed, bytesSent, bytesReceived, firstSeen, lastSeen, bits };
}

/**
 * Flows' counts by month: those of all days up to and including `countedTo`, whichever table their rows stand in. So
 * what is read changes in one moment and not with each row that moves, and a report that comes late lands in its month.
 */
export function flowMonths(db: Database) {
  const watermark = db.prepare<[], number>("SELECT value FROM meta WHERE name = 'counted_by_month_to'").pluck();
  const all = db.prepare<[number, number], Row>(`SELECT ${COLUMNS} FROM flow_month WHERE month BETWEEN ? AND ?`).raw();
  const ofHost = db
    .prepare<[number, number, number], Row>(
      `SELECT ${COLUMNS} FROM flow_month WHERE month BETWEEN ? AND ?
         AND flow_key IN (SELECT flow_key FROM flow WHERE host_key = ?)`,
    )
    .raw();
  const ofFlow = db
    .prepare<[number, number, number], Row>(
      `SELECT ${COLUMNS} FROM flow_month WHERE flow_key = ? AND month BETWEEN ? AND ?`,
    )
    .raw();
  const waiting = db.prepare<[number, number, number], FlowCounts & { day: number }>(
    `SELECT day, connections, failed, bytes_sent AS bytesSent, bytes_received AS bytesReceived,
       first_seen AS firstSeen, last_seen AS lastSeen FROM flow_day WHERE flow_key = ? AND day BETWEEN ? AND ?`,
  );
  const connected = db
    .prepare<[number], number>("SELECT DISTINCT flow_key FROM flow_month WHERE month < ? AND connections > 0")
    .pluck();
  const connectedOfHost = db
    .prepare<[number, number], number>(
      `SELECT DISTINCT flow_key FROM flow_month WHERE month < ? AND connections > 0
         AND flow_key IN (SELECT flow_key FROM flow WHERE host_key = ?)`,
    )
    .pluck();

  return {
    /** Day number. */
    countedTo: () => watermark.get() ?? NONE,
    /** Adds the months that touch from..to to those of each flow. */
    collect(into: Map<number, MonthCounts[]>, from: number, to: number, hostKey?: number): void {
      const [first, last] = [monthOf(from), monthOf(to)];
      for (const row of hostKey === undefined ? all.iterate(first, last) : ofHost.iterate(first, last, hostKey)) {
        const known = into.get(row[0]);
        if (known) addMonth(known, readMonth(row));
        else into.set(row[0], [readMonth(row)]);
      }
    },
    /** Of one flow, the months that touch from..to, in order. */
    ofFlow(flowKey: number, from: number, to: number): MonthCounts[] {
      const [first, last] = [monthOf(from), monthOf(to)];
      const months = ofFlow.all(flowKey, first, last).map(readMonth);
      const end = Math.min(firstDayOf(last + 1) - 1, this.countedTo());
      for (const { day, ...counts } of waiting.iterate(flowKey, firstDayOf(first), end)) {
        addMonth(months, monthOfDay(day, counts));
      }
      return months.sort((a, b) => a.month - b.month);
    },
    /** Flows with connections in months before this one. */
    connectedBefore: (month: number, hostKey?: number) =>
      hostKey === undefined ? connected.iterate(month) : connectedOfHost.iterate(month, hostKey),
  };
}

export type FlowMonths = ReturnType<typeof flowMonths>;
