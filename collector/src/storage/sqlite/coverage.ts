import type { Source } from "@portolan/protocol";
import type { HostCoverage } from "../storage.ts";
import type { Database } from "./database.ts";
import { dayNumber, dayText, hostId } from "./encoding.ts";

interface DayRow {
  hostKey: number;
  day: number;
  firstReport: number;
  lastReport: number;
}

interface SourceRow {
  hostKey: number;
  record: string;
  totalGapMs: number;
  totalLost: number;
}

interface ReportSpan {
  days: readonly string[];
  window: { from: number; to: number };
  sources: readonly Source[];
}

/** Which days the reports of a host span, and how its sources fared. */
export function coverageTables(db: Database) {
  const addDay = db.prepare<number[]>(
    `INSERT INTO host_day VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET
       first_report = min(first_report, excluded.first_report), last_report = max(last_report, excluded.last_report)`,
  );
  const addSource = db.prepare<[number, string, string, number, number, number]>(
    `INSERT INTO host_source VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET
       record = iif(excluded.at >= at, excluded.record, record), at = max(at, excluded.at),
       total_gap_ms = total_gap_ms + excluded.total_gap_ms, total_lost = total_lost + excluded.total_lost`,
  );
  const days = db.prepare<[], DayRow>(
    `SELECT host_key AS hostKey, day, min(first_report) AS firstReport, max(last_report) AS lastReport
     FROM host_day GROUP BY host_key, day ORDER BY host_key, day`,
  );
  const sources = db.prepare<[], SourceRow>(
    `SELECT host_key AS hostKey, record, total_gap_ms AS totalGapMs, total_lost AS totalLost
     FROM host_source ORDER BY host_key, name`,
  );
  return {
    add(hostKey: number, importKey: number, { days, window, sources }: ReportSpan): void {
      for (const day of days) addDay.run(hostKey, dayNumber(day), importKey, window.from, window.to);
      for (const source of sources) {
        addSource.run(hostKey, source.name, JSON.stringify(source), window.to, source.gapMs, source.lost);
      }
    },
    list(): HostCoverage[] {
      const hosts = new Map<number, HostCoverage>();
      for (const { hostKey, day, firstReport, lastReport } of days.iterate()) {
        const known = hosts.get(hostKey);
        if (known) {
          known.days.push(dayText(day));
          known.firstReport = Math.min(known.firstReport, firstReport);
          known.lastReport = Math.max(known.lastReport, lastReport);
        } else {
          hosts.set(hostKey, { hostId: hostId(hostKey), days: [dayText(day)], firstReport, lastReport, sources: [] });
        }
      }
      for (const { hostKey, record, totalGapMs, totalLost } of sources.iterate()) {
        hosts.get(hostKey)?.sources.push({ ...(JSON.parse(record) as Source), totalGapMs, totalLost });
      }
      return [...hosts.values()];
    },
  };
}

export type CoverageTables = ReturnType<typeof coverageTables>;
