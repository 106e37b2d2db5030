import type { Database } from "./database.ts";
import { dayText } from "./encoding.ts";
import type { FlowMonths } from "./flow-months.ts";
import {
  addMonth,
  mayHaveConnected,
  monthOfDay,
  partWithin,
  type MonthCounts,
  type MonthPart,
} from "./month-counts.ts";
import { firstDayOf, monthOf } from "./months.ts";

/** What a flow's days within a window come to. */
export interface DaySums {
  connectionsByDay: { day: string; connections: number }[];
  connectionsByMonth?: { days: string[]; connections: number; lowerBound?: true }[];
  failed: number;
  bytesSent?: number;
  bytesReceived?: number;
  firstSeen: number;
  lastSeen: number;
  connectedBefore?: true;
}

type Row = [number, number, number, number, number | null, number | null, number, number];

const COLUMNS = "flow_key, day, connections, failed, bytes_sent, bytes_received, first_seen, last_seen";

/** Adds one month; several are added in order. */
export function addPart(sum: DaySums, part: MonthPart): void {
  const { days, connections, isWhole, bytesSent, bytesReceived } = part;
  const months = (sum.connectionsByMonth ??= []);
  months.push({ days: days.map(dayText), connections, ...(!isWhole && { lowerBound: true as const }) });
  sum.failed += part.failed;
  if (bytesSent !== null) sum.bytesSent = (sum.bytesSent ?? 0) + bytesSent;
  if (bytesReceived !== null) sum.bytesReceived = (sum.bytesReceived ?? 0) + bytesReceived;
  sum.firstSeen = Math.min(sum.firstSeen, part.firstSeen);
  sum.lastSeen = Math.max(sum.lastSeen, part.lastSeen);
}

/** Sums by flow key; flows without a day from..to (day numbers, inclusive) are absent. */
export function flowDays(db: Database, months: FlowMonths) {
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
  const connectedOfHost = db
    .prepare<[number, number], number>(
      `SELECT DISTINCT flow_key FROM flow_day WHERE day < ? AND connections > 0
         AND flow_key IN (SELECT flow_key FROM flow WHERE host_key = ?)`,
    )
    .pluck();

  return (from: number, to: number, hostKey?: number): ReadonlyMap<number, DaySums> => {
    const sums = new Map<number, DaySums>();
    const texts = new Map<number, string>();
    const old = new Map<number, MonthCounts[]>();
    const monthsTo = months.countedTo();
    // Whether a month lies whole in the window is told by all of its days.
    const first = from > monthsTo ? from : Math.min(from, firstDayOf(monthOf(from)));
    const last = to > monthsTo ? to : Math.max(to, firstDayOf(monthOf(to) + 1) - 1);
    const rows = hostKey === undefined ? all.iterate(first, last) : ofHost.iterate(first, last, hostKey);
    for (const [flowKey, day, connections, failed, bytesSent, bytesReceived, firstSeen, lastSeen] of rows) {
      if (day <= monthsTo) {
        const counts = monthOfDay(day, { connections, failed, bytesSent, bytesReceived, firstSeen, lastSeen });
        const list = old.get(flowKey);
        if (list) addMonth(list, counts);
        else old.set(flowKey, [counts]);
        continue;
      }
      if (day > to) continue;
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
    if (from <= monthsTo) {
      months.collect(old, from, to, hostKey);
      addMonths(sums, old, from, to);
    }
    // All of the evidence has nothing before it, and no index to say so.
    if (from > 0) {
      const before = from > monthsTo ? from : first;
      const keys = hostKey === undefined ? connected.iterate(before) : connectedOfHost.iterate(before, hostKey);
      for (const flowKey of keys) connectBefore(sums, flowKey);
      const month = from > monthsTo ? monthOf(from) + 1 : monthOf(from);
      for (const flowKey of months.connectedBefore(month, hostKey)) connectBefore(sums, flowKey);
    }
    return sums;
  };
}

/** Months of days that are no longer told one by one, as the window sees them. */
function addMonths(sums: Map<number, DaySums>, old: ReadonlyMap<number, MonthCounts[]>, from: number, to: number) {
  for (const [flowKey, list] of old) {
    for (const counts of list.sort((a, b) => a.month - b.month)) {
      const part = partWithin(counts, from, to);
      if (!part) continue;
      const { firstSeen, lastSeen } = part;
      const sum = sums.get(flowKey) ?? { connectionsByDay: [], failed: 0, firstSeen, lastSeen };
      sums.set(flowKey, sum);
      addPart(sum, part);
    }
    if (list.some((counts) => mayHaveConnected(counts, from, to))) connectBefore(sums, flowKey);
  }
}

function connectBefore(sums: ReadonlyMap<number, DaySums>, flowKey: number): void {
  const sum = sums.get(flowKey);
  if (sum) sum.connectedBefore = true;
}
