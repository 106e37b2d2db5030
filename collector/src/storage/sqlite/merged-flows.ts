import type { Database } from "./database.ts";
import { dayText } from "./encoding.ts";
import { addPart, type DaySums } from "./flow-days.ts";
import type { FlowMonths } from "./flow-months.ts";
import { mergeDay, type MemberDay } from "./merged-days.ts";
import { partWithin, type MonthPart } from "./month-counts.ts";

/** Of hosts that are one: the days of one flow that several of them saw. A day that no report spans is its own span. */
const DAYS = `
  SELECT f.host_key AS hostKey, d.day, d.connections, d.failed, d.bytes_sent AS bytesSent,
    d.bytes_received AS bytesReceived, d.first_seen AS firstSeen, d.last_seen AS lastSeen,
    coalesce((SELECT min(first_report) FROM host_day h WHERE h.host_key = f.host_key AND h.day = d.day
      AND h.import_key = f.import_key), d.first_seen) AS [from],
    coalesce((SELECT max(last_report) FROM host_day h WHERE h.host_key = f.host_key AND h.day = d.day
      AND h.import_key = f.import_key), d.last_seen) AS [to]
  FROM flow_day d JOIN (SELECT ? AS flow_key, ? AS host_key, ? AS import_key) f USING (flow_key)
  WHERE d.day BETWEEN ? AND ? ORDER BY d.day`;
const SPAN = `
  SELECT min(first_report) AS [from], max(last_report) AS [to] FROM host_day
  WHERE host_key = ? AND import_key = ? AND day BETWEEN ? AND ?`;

interface MemberRow {
  flowKey: number;
  hostKey: number;
  importKey: number;
  sums: DaySums;
}

type Member = MemberDay & Pick<MonthPart, "days" | "isWhole">;

/** Sums of several hosts' rows of one flow, as DaySums. */
export function mergedFlowDays(db: Database, months: FlowMonths) {
  const days = db.prepare<[number, number, number, number, number], MemberDay>(DAYS);
  const span = db.prepare<[number, number, number, number], { from: number | null; to: number | null }>(SPAN);

  /** Members' parts of each month, where the reports of a month's days stand for those of one. */
  function monthsOf(rows: readonly MemberRow[], from: number, to: number): Map<number, [Member, ...Member[]]> {
    const byMonth = new Map<number, [Member, ...Member[]]>();
    for (const { flowKey, hostKey, importKey } of rows) {
      for (const counts of months.ofFlow(flowKey, from, to)) {
        const part = partWithin(counts, from, to);
        const [first, last] = [part?.days[0], part?.days.at(-1)];
        if (!part || first === undefined || last === undefined) continue;
        const known = span.get(hostKey, importKey, first, last);
        const reports = { from: known?.from ?? part.firstSeen, to: known?.to ?? part.lastSeen };
        const member = { ...part, ...reports, hostKey, day: first };
        const others = byMonth.get(counts.month);
        if (others) others.push(member);
        else byMonth.set(counts.month, [member]);
      }
    }
    return byMonth;
  }

  return (rows: readonly MemberRow[], from: number, to: number): DaySums => {
    const monthsTo = months.countedTo();
    const byDay = new Map<number, MemberDay[]>();
    for (const { flowKey, hostKey, importKey } of rows) {
      for (const row of days.iterate(flowKey, hostKey, importKey, Math.max(from, monthsTo + 1), to)) {
        const known = byDay.get(row.day);
        if (known) known.push(row);
        else byDay.set(row.day, [row]);
      }
    }
    const merged = [...byDay].sort(([a], [b]) => a - b).map(([day, of]) => ({ day, ...mergeDay(of) }));
    const sumOf = (key: "bytesSent" | "bytesReceived") =>
      merged.reduce<number | undefined>((sum, day) => (day[key] === null ? sum : (sum ?? 0) + day[key]), undefined);
    const [bytesSent, bytesReceived] = [sumOf("bytesSent"), sumOf("bytesReceived")];
    const sum: DaySums = {
      connectionsByDay: merged.map(({ day, connections }) => ({ day: dayText(day), connections })),
      failed: merged.reduce((total, day) => total + day.failed, 0),
      ...(bytesSent !== undefined && { bytesSent }),
      ...(bytesReceived !== undefined && { bytesReceived }),
      firstSeen: Math.min(...merged.map((day) => day.firstSeen)),
      lastSeen: Math.max(...merged.map((day) => day.lastSeen)),
      ...(rows.some((row) => row.sums.connectedBefore) && { connectedBefore: true as const }),
    };
    if (from > monthsTo) return sum;
    for (const [month, members] of [...monthsOf(rows, from, to)].sort(([a], [b]) => a - b)) {
      // Of a month nobody knows any more on which of its days which host counted more.
      const isSure = members.every((member) => member.isWhole && member.hostKey === members[0].hostKey);
      const seenOn = [...new Set(members.flatMap((member) => member.days))].sort((a, b) => a - b);
      addPart(sum, { month, ...mergeDay(members), days: seenOn, isWhole: isSure });
    }
    return sum;
  };
}
