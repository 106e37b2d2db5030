import type { AcceptedReport } from "../accepted-report.ts";
import type { AgentRecord } from "../agents.ts";
import type { Database } from "./database.ts";
import { hostId } from "./encoding.ts";
import { nameKeys } from "./host-names.ts";
import type { MergedHosts } from "./merged-hosts.ts";
import { present } from "./row.ts";

interface ListedRow {
  id: string;
  hostKey: number;
  site: string;
  version: string;
  enrolledAt: number;
  lastReportAt: number | null;
  skewMs: number | null;
  retiredAt: number | null;
  conflicts: number | null;
  clones: number | null;
  correctedReports: number | null;
  misplacedReports: number | null;
}

/** What the ingest needs to know of whoever numbered a report. */
export interface Reporter {
  agentKey: number;
  hostKey: number;
  enrolledAt: number;
}

interface NewAgent extends Omit<Reporter, "enrolledAt"> {
  id: string;
  kind: "enrolled" | "file";
  version: string;
  machineId?: string;
  at: number;
}

interface SilentQuery {
  siteKey: number;
  machineId: string;
  since: number;
  nameKey: string;
}

type Heard = Pick<AcceptedReport, "receivedAt" | "skewMs" | "agentVersion" | "clock">;

const LISTED = `
  SELECT id, agent.host_key AS hostKey, site.name AS site, version, enrolled_at AS enrolledAt,
    last_report_at AS lastReportAt, skew_ms AS skewMs, retired_at AS retiredAt,
    (SELECT nullif(count(*), 0) FROM epoch JOIN report_conflict USING (epoch_key)
      WHERE epoch.agent_key = agent.agent_key) AS conflicts,
    (SELECT nullif(count(*), 0) FROM host clone WHERE clone.clone_of = agent.host_key AND clone.merged_into IS NULL)
      AS clones,
    nullif(corrected_reports, 0) AS correctedReports, nullif(misplaced_reports, 0) AS misplacedReports
  FROM agent JOIN host USING (host_key) JOIN site USING (site_key) WHERE kind = 'enrolled'`;

/** Agents that enrolled, and whoever numbered the reports of imported files. */
export function agentTable(db: Database, merges: () => MergedHosts) {
  const all = db.prepare<[], ListedRow>(`${LISTED} ORDER BY agent_key`);
  const one = db.prepare<[string], ListedRow>(`${LISTED} AND id = ?`);
  const timeZone = db
    .prepare<[string], string>(
      `SELECT coalesce(time_zone, 'UTC') FROM agent JOIN host USING (host_key) JOIN site USING (site_key)
       WHERE id = ? AND kind = 'enrolled' AND retired_at IS NULL`,
    )
    .pluck();
  const reporter = db.prepare<[string, string], Reporter>(
    `SELECT agent_key AS agentKey, host_key AS hostKey, enrolled_at AS enrolledAt FROM agent
     WHERE id = ? AND kind = ? AND retired_at IS NULL`,
  );
  const add = db.prepare<[string, string, number, string, string | null, number]>(
    "INSERT INTO agent (id, kind, host_key, version, machine_id, enrolled_at) VALUES (?, ?, ?, ?, ?, ?)",
  );
  const silent = db.prepare<SilentQuery, Omit<Reporter, "enrolledAt"> & { id: string }>(
    `SELECT agent_key AS agentKey, host_key AS hostKey, id FROM agent JOIN host USING (host_key)
     WHERE site_key = @siteKey AND agent.machine_id = @machineId AND kind = 'enrolled' AND retired_at IS NULL
       AND (name_key = @nameKey OR NOT EXISTS (SELECT 1 FROM host clone WHERE clone.clone_of IS NOT NULL
         AND clone.site_key = @siteKey AND clone.machine_id = @machineId))
       AND (coalesce(last_report_at, enrolled_at) < @since OR EXISTS (
         SELECT 1 FROM token WHERE token.agent_id = agent.id AND token.kind = 'agent' AND revoked_at IS NOT NULL))
     ORDER BY coalesce(last_report_at, enrolled_at) DESC, agent_key DESC`,
  );
  const retire = db.prepare<[number, number]>("UPDATE agent SET retired_at = ? WHERE agent_key = ?");
  const heard = db.prepare<[number, number, string, number, number, number]>(
    `UPDATE agent SET last_report_at = max(coalesce(last_report_at, 0), ?), skew_ms = ?, version = ?,
       corrected_reports = corrected_reports + ?, misplaced_reports = misplaced_reports + ? WHERE agent_key = ?`,
  );
  const record =
    ({ rootOf }: MergedHosts) =>
    ({ hostKey, ...row }: ListedRow): AgentRecord => ({ hostId: hostId(rootOf(hostKey)), ...present(row) });
  return {
    list: () => all.all().map(record(merges())),
    find(id: string): AgentRecord | undefined {
      const row = one.get(id);
      return row && record(merges())(row);
    },
    timeZone: (id: string) => timeZone.get(id),
    /** Not retired. */
    reporter: (id: string, kind: NewAgent["kind"]) => reporter.get(id, kind),
    add({ id, kind, hostKey, version, machineId, at }: Omit<NewAgent, "agentKey">): Reporter {
      const agentKey = Number(add.run(id, kind, hostKey, version, machineId ?? null, at).lastInsertRowid);
      return { agentKey, hostKey, enrolledAt: at };
    },
    /**
     * Agents of that machine that have not reported since, or whose secret was revoked; the latest first. A machine id
     * that was cloned names a machine only together with its host name.
     */
    silent: (siteKey: number, machineId: string, since: number, hostname: string) =>
      silent.all({ siteKey, machineId, since, nameKey: nameKeys(hostname).nameKey }),
    retire: (agentKey: number, at: number) => void retire.run(at, agentKey),
    /** @param isNew false for a report that was counted before */
    heard({ receivedAt, skewMs, agentVersion, clock }: Heard, agentKey: number, isNew: boolean): void {
      const [corrected, misplaced] = [Number(isNew && clock === "corrected"), Number(isNew && clock === "misplaced")];
      heard.run(receivedAt, skewMs, agentVersion, corrected, misplaced, agentKey);
    },
  };
}

export type AgentTable = ReturnType<typeof agentTable>;
