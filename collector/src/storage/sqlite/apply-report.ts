import { UnknownAgentError } from "../errors.ts";
import type { AcceptedReport, ImportedReport, SaveResult } from "../storage.ts";
import type { AgentTable, Reporter } from "./agents.ts";
import type { AppliedReports } from "./applied-reports.ts";
import type { CoverageTables } from "./coverage.ts";
import type { FlowTable } from "./flows.ts";
import type { HostTable } from "./hosts.ts";
import type { ImportedReports } from "./imported-reports.ts";
import type { ListenerTable } from "./listeners.ts";
import type { SiteTable } from "./sites.ts";

interface Tables {
  agents: AgentTable;
  applied: AppliedReports;
  coverage: CoverageTables;
  flows: FlowTable;
  hosts: HostTable;
  importedReports: ImportedReports;
  listeners: ListenerTable;
  sites: SiteTable;
}

/** Import key of what agents send themselves. */
const NO_IMPORT = 0;

/** Takes one report into the tables, inside the caller's savepoint. */
export function reportApplier(tables: Tables) {
  const { agents, applied, coverage, flows, hosts, importedReports, listeners, sites } = tables;

  function apply({ agentKey, hostKey }: Reporter, importKey: number, report: AcceptedReport): SaveResult {
    const epochKey = applied.epochKey(agentKey, report.epoch, importKey);
    const verdict = applied.take(epochKey, report.number, report.contentHash, report.receivedAt);
    if (verdict === "new") {
      const { from, to } = report.window;
      // One report by a clock that ran years ahead would else stand before all that follow.
      const at = Math.min(to, report.receivedAt);
      if (importKey !== NO_IMPORT) {
        importedReports.noteNumber(importKey, epochKey, report.number);
        if (report.host) importedReports.noteFacts(importKey, hostKey, report.host, at);
      }
      if (report.host) hosts.saveFacts(hostKey, report.host, at);
      if (report.listeners) listeners.replace(hostKey, importKey, report.listeners, at);
      for (const flow of report.flows) flows.add(hostKey, importKey, flow);
      coverage.add(hostKey, importKey, report);
      hosts.see(hostKey, from, to);
    }
    // A clone is not the agent.
    if (verdict !== "conflict") agents.heard(agentKey, report);
    return {
      applied: verdict === "new",
      duplicate: verdict === "duplicate",
      conflict: verdict === "conflict",
      missing: hosts.missing(hostKey),
    };
  }

  return {
    /** @throws UnknownAgentError when the agent is not enrolled, or retired */
    fromAgent(report: AcceptedReport): SaveResult {
      const reporter = agents.reporter(report.agentId, "enrolled");
      if (!reporter) throw new UnknownAgentError(report.agentId);
      return apply(reporter, NO_IMPORT, report);
    },
    /**
     * A file never speaks for an enrolled agent: its numbers are kept under a name of their own, per site and host.
     * Returns the host's key.
     */
    fromFile(importKey: number, { site, hostname, timeZone, report }: ImportedReport): number {
      const siteKey = sites.keyOf(site, timeZone);
      const id = `file:${site}:${hostname.toLowerCase()}:${report.agentId}`;
      const { agentVersion: version, receivedAt: at } = report;
      const reporter =
        agents.reporter(id, "file") ??
        agents.add({ id, kind: "file", hostKey: hosts.findOrAddImported(siteKey, hostname), version, at });
      apply(reporter, importKey, report);
      return reporter.hostKey;
    },
  };
}
