import type { CoverageSummary } from "@portolan/export";
import type { AgentRecord } from "../storage/agents.ts";
import type { HostCoverage, StoredHost } from "../storage/evidence.ts";

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

/** A clock that is further off is noted. */
const NO_SKEW_MS = 5000;

function identityNotes(hosts: readonly StoredHost[], agents: readonly AgentRecord[]): string[] {
  const notes: string[] = [];
  const nameOf = new Map(hosts.map((host) => [host.id, host.name]));
  const clones = hosts.filter((host) => host.cloneOf !== undefined && host.retiredAt === undefined);
  const originals = [...new Set(clones.map((host) => nameOf.get(host.cloneOf ?? "") ?? ""))].sort();
  if (clones.length > 0)
    notes.push(`${clones.length} host(s) run with the identity of another (${named(originals)}): enrol each anew.`);
  const present = agents.filter((agent) => agent.retiredAt === undefined);
  const hostsOf = (of: readonly AgentRecord[]) =>
    named(of.map((agent) => nameOf.get(agent.hostId) ?? agent.hostId).sort());
  const skewed = present.filter((agent) => Math.abs(agent.skewMs ?? 0) > NO_SKEW_MS);
  if (skewed.length > 0)
    notes.push(`The clock of ${skewed.length} host(s) is off (${hostsOf(skewed)}): their times are corrected.`);
  const misplaced = present.filter((agent) => agent.misplacedReports !== undefined);
  if (misplaced.length > 0)
    notes.push(
      `The clock of ${misplaced.length} host(s) was not set for a while (${hostsOf(misplaced)}): what was seen then is dated by its receipt.`,
    );
  return notes;
}

const MOST_NAMES = 5;

function named(names: readonly string[]): string {
  const more = names.length - MOST_NAMES;
  return `${names.slice(0, MOST_NAMES).join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
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
export function summariseCoverage(
  hosts: readonly StoredHost[],
  coverage: readonly HostCoverage[],
  agents: readonly AgentRecord[] = [],
): CoverageSummary {
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
    notes: [...notesOn(days, kindsOfDay, hostsWithoutAgent.length), ...identityNotes(hosts, agents)],
  };
}

/**
 * A host is blind to what every one of its working sources is blind to, of those that tell of it: the agent's source of
 * socket tables speaks for those beside it, whose own lists are empty.
 */
function blindToAll(sources: readonly { ok: boolean; blindTo: string[] }[]): string[] {
  const working = sources.filter((source) => source.ok);
  const [first, ...rest] = (working.length > 0 ? working : sources).filter((source) => source.blindTo.length > 0);
  return (first?.blindTo ?? []).filter((word) => rest.every((source) => source.blindTo.includes(word))).sort();
}
