import type { Source } from "@portolan/protocol";
import type { HostCoverage } from "../evidence.ts";
import type { Database } from "./database.ts";
import { dayNumber, dayText, hostId } from "./encoding.ts";
import type { MergedHosts } from "./merged-hosts.ts";
import { UNFINISHED } from "./unfinished-imports.ts";

interface DayRow {
  hostKey: number;
  day: number;
  firstReport: number;
  lastReport: number;
}

interface SourceRow {
  hostKey: number;
  name: string;
  at: number;
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
export function coverageTables(db: Database, merges: () => MergedHosts) {
  const addDay = db.prepare<number[]>(
    `INSERT INTO host_day VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET
       first_report = min(first_report, excluded.first_report), last_report = max(last_report, excluded.last_report)`,
  );
  const addSource = db.prepare<[number, number, string, string, number, number, number]>(
    `INSERT INTO host_source VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET
       record = iif(excluded.at >= at, excluded.record, record), at = max(at, excluded.at),
       total_gap_ms = total_gap_ms + excluded.total_gap_ms, total_lost = total_lost + excluded.total_lost`,
  );
  const days = db.prepare<[], DayRow>(
    `SELECT host_key AS hostKey, day, min(first_report) AS firstReport, max(last_report) AS lastReport
     FROM host_day WHERE import_key NOT IN ${UNFINISHED} GROUP BY host_key, day ORDER BY host_key, day`,
  );
  const sources = db.prepare<[], SourceRow>(
    `SELECT host_key AS hostKey, name, at, record, total_gap_ms AS totalGapMs, total_lost AS totalLost
     FROM host_source WHERE import_key NOT IN ${UNFINISHED} ORDER BY host_key, name, at DESC`,
  );
  return {
    add(hostKey: number, importKey: number, { days, window, sources }: ReportSpan): void {
      for (const day of days) addDay.run(hostKey, dayNumber(day), importKey, window.from, window.to);
      for (const source of sources) {
        addSource.run(hostKey, importKey, source.name, JSON.stringify(source), window.to, source.gapMs, source.lost);
      }
    },
    list(): HostCoverage[] {
      const { rootOf } = merges();
      const hosts = new Map<number, HostCoverage & { daySet: Set<number> }>();
      for (const { hostKey, day, firstReport, lastReport } of days.iterate()) {
        const root = rootOf(hostKey);
        const known = hosts.get(root);
        if (known) {
          known.daySet.add(day);
          known.firstReport = Math.min(known.firstReport, firstReport);
          known.lastReport = Math.max(known.lastReport, lastReport);
        } else {
          const span = { firstReport, lastReport };
          hosts.set(root, { hostId: hostId(root), days: [], ...span, sources: [], daySet: new Set([day]) });
        }
      }
      // Of agent and files, and of hosts that are one, the latest record stands and the totals add up.
      const latest = new Map<string, { at: number; entry: HostCoverage["sources"][number] }>();
      for (const { hostKey, name, at, record, totalGapMs, totalLost } of sources.iterate()) {
        const root = rootOf(hostKey);
        const key = `${root} ${name}`;
        const known = latest.get(key);
        const entry = known?.entry ?? { ...(JSON.parse(record) as Source), totalGapMs: 0, totalLost: 0 };
        if (known && known.at < at) Object.assign(entry, JSON.parse(record));
        entry.totalGapMs += totalGapMs;
        entry.totalLost += totalLost;
        latest.set(key, { at: Math.max(at, known?.at ?? at), entry });
        if (!known) hosts.get(root)?.sources.push(entry);
      }
      return [...hosts.values()].map(({ daySet, ...host }) => ({
        ...host,
        days: [...daySet].sort((a, b) => a - b).map(dayText),
      }));
    },
  };
}

export type CoverageTables = ReturnType<typeof coverageTables>;
