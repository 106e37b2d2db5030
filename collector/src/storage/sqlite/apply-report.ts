import { UnknownAgentError } from "../errors.ts";
import type { AcceptedReport, SaveResult } from "../accepted-report.ts";
import type { ImportedReport } from "../imports.ts";
import type { AddressDependencyTable } from "./address-dependencies.ts";
import type { AgentTable, Reporter } from "./agents.ts";
import type { AppliedReports } from "./applied-reports.ts";
import type { CoverageTables } from "./coverage.ts";
import type { DirectoryTable } from "./directory.ts";
import { hostId } from "./encoding.ts";
import type { FoldedListeners } from "./folded-listeners.ts";
import type { HostTable } from "./hosts.ts";
import type { ImportedReports } from "./imported-reports.ts";
import { NO_IMPORT } from "./imports.ts";
import type { ListenerTable } from "./listeners.ts";
import type { LoadTables } from "./load.ts";
import type { MachinesOfAgents } from "./machines.ts";
import type { SiteTable } from "./sites.ts";

interface Tables {
  addressDependencies: AddressDependencyTable;
  agents: AgentTable;
  applied: AppliedReports;
  coverage: CoverageTables;
  directory: DirectoryTable;
  folded: FoldedListeners;
  hosts: HostTable;
  importedReports: ImportedReports;
  listeners: ListenerTable;
  load: LoadTables;
  machines: MachinesOfAgents;
  sites: SiteTable;
}

type Facts = Pick<AcceptedReport, "host" | "directory" | "addressDependencies" | "listeners" | "window" | "receivedAt">;

/** Nothing is known of a time that is still to come, and it would stand before all that follows. */
function timeOf({ window, receivedAt }: Facts): number {
  return Math.min(window.to, receivedAt);
}

/** Where a report's facts are nobody's: the membership is asked for again of those who told it. */
const everything = ({ directory }: AcceptedReport): SaveResult["missing"] => [
  "host",
  "listeners",
  ...(directory ? ["directory" as const] : []),
];

/**
 * Whether it may have come before under another number: it tells of a time that is known already. Where the clock was
 * wrong nobody can tell: a window that was corrected or placed lies elsewhere each time that it is received.
 */
function isOld(
  { enrolledAt }: Reporter,
  lastSeen: number | null | undefined,
  { window, clock }: AcceptedReport,
): boolean {
  return clock !== undefined || window.to <= Math.max(enrolledAt, lastSeen ?? 0);
}

/** Takes one report into the tables, inside the caller's savepoint. */
export function reportApplier(tables: Tables) {
  const { agents, applied, coverage, folded, hosts, importedReports, listeners, load, machines, sites } = tables;
  const { addressDependencies, directory } = tables;

  /** Flows, and the days that the report spans. */
  function addEvidence(hostKey: number, importKey: number, report: AcceptedReport): void {
    for (const flow of report.flows) folded.addFlow(hostKey, importKey, flow);
    coverage.add(hostKey, importKey, report);
  }

  /** What it says of the host itself; facts only from whoever is known to be the host. */
  function addFacts(hostKey: number, importKey: number, report: Facts, factsFrom?: { epochKey?: number }): void {
    const { host, listeners: list, window } = report;
    if (factsFrom && host) hosts.saveFacts(hostKey, host, timeOf(report), factsFrom.epochKey);
    if (factsFrom && list) listeners.replace(hostKey, importKey, list, timeOf(report), factsFrom.epochKey);
    if (factsFrom) {
      directory.save(hostKey, importKey, report.directory, timeOf(report));
      addressDependencies.replace(hostKey, importKey, report.addressDependencies, timeOf(report));
    }
    hosts.see(hostKey, window.from, window.to);
  }

  /** What an agent says goes to the host. */
  function add(hostKey: number, report: AcceptedReport, factsFrom?: { epochKey?: number }): void {
    addFacts(hostKey, NO_IMPORT, report, factsFrom);
    addEvidence(hostKey, NO_IMPORT, report);
    // Another machine's load is no more the host's than its facts are.
    if (factsFrom) load.add(hostKey, NO_IMPORT, report.load);
  }

  return {
    /** @throws UnknownAgentError when the agent is not enrolled, or retired */
    fromAgent(report: AcceptedReport): SaveResult {
      const reporter = agents.reporter(report.agentId, "enrolled");
      if (!reporter) throw new UnknownAgentError(report.agentId);
      const epoch =
        applied.epoch(reporter.agentKey, report.epoch) ?? applied.addEpoch(reporter.agentKey, report.epoch, NO_IMPORT);
      const { epochKey } = epoch;
      const verdict = applied.take(epochKey, report);
      const before = epoch.hostKey ?? reporter.hostKey;
      const standing = verdict === "new" ? machines.standing(before) : undefined;
      const isRepeated =
        verdict === "new" &&
        isOld(reporter, standing?.lastSeen, report) &&
        applied.cameUnderAnotherNumber(reporter.agentKey, epochKey, report.contentHash);
      const isNew = (verdict === "new" && !isRepeated) || verdict === "conflict";
      agents.heard(report, reporter.agentKey, isNew);
      const conflict = verdict === "conflict" || verdict === "known-conflict";
      const answer = { applied: isNew, duplicate: !isNew, conflict };
      if (!isNew) return { ...answer, missing: conflict ? everything(report) : hosts.missing(before, epochKey) };
      if (conflict) {
        // One of two machines in one epoch, and nothing tells which: their flows are all kept, their facts not mixed.
        add(before, report);
        return { ...answer, missing: everything(report) };
      }
      const { hostKey, isNewClone, isTrusted } = machines.place(reporter, epoch, report, standing);
      add(hostKey, report, isTrusted ? { epochKey } : undefined);
      const missing = isTrusted ? hosts.missing(hostKey, epochKey) : everything(report);
      return { ...answer, missing, ...(isNewClone && { clone: hostId(hostKey) }) };
    },
    /**
     * A file never speaks for an enrolled agent: its numbers are kept under a name of their own, per site and host.
     * Takes the evidence, which knows its file; returns the host's key, and what is left to do once the file is whole:
     * the host's own rows change with it.
     */
    fromFile(importKey: number, imported: ImportedReport): { hostKey: number; finish?: () => void } {
      const { site, hostname, timeZone, report } = imported;
      const siteKey = sites.keyOf(site, timeZone);
      const id = `file:${site}:${hostname.toLowerCase()}:${report.agentId}`;
      const { agentVersion: version, receivedAt: at } = report;
      const { agentKey, hostKey } =
        agents.reporter(id, "file") ??
        agents.add({ id, kind: "file", hostKey: hosts.findOrAddImported(siteKey, hostname), version, at });
      const { epochKey } = applied.epoch(agentKey, report.epoch) ?? applied.addEpoch(agentKey, report.epoch, importKey);
      const verdict = applied.take(epochKey, report);
      if (verdict === "new" || verdict === "duplicate") agents.heard(report, agentKey, verdict === "new");
      if (verdict !== "new") return { hostKey };
      importedReports.noteNumber(importKey, epochKey, report.number);
      addEvidence(hostKey, importKey, report);
      load.add(hostKey, importKey, report.load);
      // The flows of a whole file must not stay in memory for the sake of its facts.
      const { flows: _flows, load: _load, ...facts } = report;
      const { host } = facts;
      function finish(): void {
        if (host) importedReports.noteFacts(importKey, hostKey, host, timeOf(facts));
        addFacts(hostKey, importKey, facts, {});
      }
      return { hostKey, finish };
    },
  };
}

export type ReportApplier = ReturnType<typeof reportApplier>;
