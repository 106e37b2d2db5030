import type { CoverageSummary } from "@portolan/export";
import type { HostCoverage, StoredHost } from "../storage/storage.ts";

/** Days at the end and at the start of a month on which month-end work is expected to run. */
const MONTH_EDGE_DAYS = 3;

function kindOf(day: string): { weekend: boolean; monthEnd: boolean; monthStart: boolean } {
  const date = new Date(`${day}T00:00:00Z`);
  const lastOfMonth = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate();
  return {
    weekend: date.getUTCDay() === 0 || date.getUTCDay() === 6,
    monthEnd: date.getUTCDate() > lastOfMonth - MONTH_EDGE_DAYS,
    monthStart: date.getUTCDate() <= MONTH_EDGE_DAYS,
  };
}

function notesOn(days: readonly string[], kinds: CoverageSummary["kindsOfDay"], silent: number): string[] {
  const notes: string[] = [];
  if (days.length === 0) notes.push("No evidence yet.");
  if (days.length > 0 && days.length < 14)
    notes.push(`The evidence spans ${days.length} day(s): work that runs weekly or monthly may not be among it.`);
  if (days.length > 0 && kinds.monthEnd === 0)
    notes.push("No month-end day was observed: month-end jobs are missing from this picture.");
  if (days.length > 0 && kinds.weekend === 0) notes.push("No weekend day was observed.");
  if (silent > 0) notes.push(`${silent} known host(s) have no agent: they are seen only from their peers.`);
  return notes;
}

/** Which hosts, days and kinds of day the evidence spans, and what each host's sources cannot see. */
export function summariseCoverage(hosts: readonly StoredHost[], coverage: readonly HostCoverage[]): CoverageSummary {
  const byHost = new Map(coverage.map((entry) => [entry.hostId, entry]));
  const days = [...new Set(coverage.flatMap((entry) => entry.days))].sort();
  const kindsOfDay = { weekday: 0, weekend: 0, monthEnd: 0, monthStart: 0 };
  for (const kind of days.map(kindOf)) {
    kindsOfDay[kind.weekend ? "weekend" : "weekday"]++;
    if (kind.monthEnd) kindsOfDay.monthEnd++;
    if (kind.monthStart) kindsOfDay.monthStart++;
  }
  const hostsWithoutAgent = hosts
    .filter((host) => host.kind !== "managed" && host.retiredAt === undefined)
    .map((host) => host.name);
  return {
    hosts: hosts.map((host) => {
      const seen = byHost.get(host.id);
      const sources = seen?.sources ?? [];
      return {
        name: host.name,
        kind: host.kind,
        site: host.site,
        ...(seen && { firstReport: seen.firstReport, lastReport: seen.lastReport }),
        days: seen?.days.length ?? 0,
        sources: sources
          .filter((source) => source.ok)
          .map((source) => source.name)
          .sort(),
        blindTo: blindToAll(sources),
        lost: sources.reduce((sum, source) => sum + source.totalLost, 0),
        gapMs: sources.reduce((sum, source) => sum + source.totalGapMs, 0),
      };
    }),
    days,
    kindsOfDay,
    hostsWithoutAgent,
    notes: notesOn(days, kindsOfDay, hostsWithoutAgent.length),
  };
}

/** A host is blind to what every one of its working sources is blind to. */
function blindToAll(sources: readonly { ok: boolean; blindTo: string[] }[]): string[] {
  const working = sources.filter((source) => source.ok);
  const [first, ...rest] = working.length > 0 ? working : sources;
  return (first?.blindTo ?? []).filter((word) => rest.every((source) => source.blindTo.includes(word))).sort();
}
