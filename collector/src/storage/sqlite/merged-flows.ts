import type { Database } from "./database.ts";
import { dayText } from "./encoding.ts";
import type { DaySums } from "./flow-days.ts";
import { mergeDay, type MemberDay } from "./merged-days.ts";

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

/** Sums of several hosts' rows of one flow, as DaySums. */
export function mergedFlowDays(db: Database) {
  const days = db.prepare<[number, number, number, number, number], MemberDay>(DAYS);
  return (
    rows: readonly { flowKey: number; hostKey: number; importKey: number; sums: DaySums }[],
    from: number,
    to: number,
  ): DaySums => {
    const byDay = new Map<number, MemberDay[]>();
    for (const { flowKey, hostKey, importKey } of rows) {
      for (const row of days.iterate(flowKey, hostKey, importKey, from, to)) {
        const known = byDay.get(row.day);
        if (known) known.push(row);
        else byDay.set(row.day, [row]);
      }
    }
    const merged = [...byDay].sort(([a], [b]) => a - b).map(([day, of]) => ({ day, ...mergeDay(of) }));
    const sumOf = (key: "bytesSent" | "bytesReceived") =>
      merged.reduce<number | undefined>((sum, day) => (day[key] === null ? sum : (sum ?? 0) + day[key]), undefined);
    const [bytesSent, bytesReceived] = [sumOf("bytesSent"), sumOf("bytesReceived")];
    return {
      connectionsByDay: merged.map(({ day, connections }) => ({ day: dayText(day), connections })),
      failed: merged.reduce((sum, day) => sum + day.failed, 0),
      ...(bytesSent !== undefined && { bytesSent }),
      ...(bytesReceived !== undefined && { bytesReceived }),
      firstSeen: Math.min(...merged.map((day) => day.firstSeen)),
      lastSeen: Math.max(...merged.map((day) => day.lastSeen)),
      ...(rows.some((row) => row.sums.connectedBefore) && { connectedBefore: true as const }),
    };
  };
}
