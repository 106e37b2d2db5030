import fp from "fastify-plugin";
import type { SpoolState } from "@portolan/protocol";
import { Counter, Gauge, Histogram, Registry } from "prom-client";
import type { Storage } from "../storage/storage.ts";

/** An agent that was not heard of for this long counts as silent, as for a new enrolment of its machine. */
const SILENT_MS = 15 * 60_000;

type Outcome = "applied" | "duplicate" | "conflict" | "refused";

interface Metrics {
  /** Everything, as Prometheus text. */
  text(): Promise<string>;
  /** One report that came: how it ended, how many items of it were rejected, and how long its answer took if it was read at all. */
  report(outcome: Outcome, rejectedItems: number, seconds: number | undefined): void;
  /** One report that the storage took or knew: when it came, how long after its window, and what waits at its agent. */
  arrived(agentId: string, arrival: Arrival): void;
}

interface Arrival {
  /** Milliseconds since 1970 UTC. */
  at: number;
  lagMs: number;
  spool: SpoolState | undefined;
}

declare module "fastify" {
  interface FastifyInstance {
    metrics: Metrics;
  }
}

/** What agents said of their spools, by agent; those that fell silent are left out. */
function spoolGauges(registry: Registry, clock: () => number) {
  const latest = new Map<string, { at: number; spool: SpoolState }>();
  const registers = [registry];
  const reports = new Gauge({
    registers,
    name: "portolan_agent_spool_reports",
    help: "Reports that wait at reporting agents, as their latest reports say",
  });
  const bytes = new Gauge({
    registers,
    name: "portolan_agent_spool_bytes_max",
    help: "Size of the fullest spool among the reporting agents",
  });
  const quarantined = new Gauge({
    registers,
    name: "portolan_agent_quarantined_reports",
    help: "Reports in quarantine at reporting agents: damaged, or refused for good",
  });
  const merged = new Gauge({
    registers,
    name: "portolan_agent_merged_reports",
    help: "Reports that reporting agents merged for want of room, since they started: counts are whole, times coarser",
  });
  return {
    note: (agentId: string, at: number, spool: SpoolState) => void latest.set(agentId, { at, spool }),
    refresh(): void {
      const now = clock();
      for (const [agentId, { at }] of latest) if (now - at >= SILENT_MS) latest.delete(agentId);
      const spools = [...latest.values()].map(({ spool }) => spool);
      const sum = (count: (spool: SpoolState) => number) => spools.reduce((total, spool) => total + count(spool), 0);
      reports.set(sum((spool) => spool.reports));
      bytes.set(spools.reduce((most, spool) => Math.max(most, spool.bytes), 0));
      quarantined.set(sum((spool) => spool.quarantined));
      merged.set(sum((spool) => spool.merged));
    },
  };
}

/** Read when somebody asks; no label grows with the estate. */
function storageGauges(registry: Registry, storage: Storage, clock: () => number): () => Promise<void> {
  const registers = [registry];
  const agents = new Gauge({
    registers,
    name: "portolan_agents",
    labelNames: ["state"],
    help: "Enrolled agents; silent ones did not report for 15 minutes",
  });
  const age = new Gauge({
    registers,
    name: "portolan_last_report_age_seconds",
    help: "Seconds since the last report of any agent; NaN before the first",
  });
  const skew = new Gauge({
    registers,
    name: "portolan_agent_clock_skew_max_seconds",
    help: "Largest difference between an agent's clock and the collector's at its last report",
  });
  const clones = new Gauge({
    registers,
    name: "portolan_agents_with_conflicts",
    help: "Agents of which reports came under a used number with another content: clones are suspected",
  });
  const cloned = new Gauge({
    registers,
    name: "portolan_cloned_hosts",
    help: "Machines that run with another's identity, each kept as a host of its own",
  });
  const misplaced = new Gauge({
    registers,
    name: "portolan_agents_with_misplaced_times",
    help: "Agents of which reports came with times that made no sense, such as 1970 or the future",
  });
  const writable = new Gauge({
    registers,
    name: "portolan_storage_writable",
    help: "1 while the storage takes reports; 0 when the disk is full or the database damaged",
  });
  const size = new Gauge({ registers, name: "portolan_database_bytes", help: "Size of the database" });
  return async () => {
    writable.set((await storage.refusal()) === undefined ? 1 : 0);
    size.set(await storage.databaseBytes());
    const now = clock();
    const enrolled = (await storage.listAgents()).filter((agent) => agent.retiredAt === undefined);
    const last = enrolled.flatMap((agent) => agent.lastReportAt ?? []);
    const reporting = last.filter((at) => now - at < SILENT_MS).length;
    agents.set({ state: "reporting" }, reporting);
    agents.set({ state: "silent" }, enrolled.length - reporting);
    age.set(last.length === 0 ? NaN : last.reduce((least, at) => Math.min(least, now - at), Infinity) / 1000);
    skew.set(enrolled.reduce((most, agent) => Math.max(most, Math.abs(agent.skewMs ?? 0)), 0) / 1000);
    clones.set(enrolled.filter((agent) => agent.conflicts !== undefined).length);
    cloned.set(enrolled.reduce((sum, agent) => sum + (agent.clones ?? 0), 0));
    misplaced.set(enrolled.filter((agent) => agent.misplacedReports !== undefined).length);
  };
}

/** What `/metrics` shows. Counters start at zero with the process, as Prometheus expects. */
export const metricsPlugin = fp(async (app) => {
  const registry = new Registry();
  const registers = [registry];
  const refresh = storageGauges(registry, app.context.storage, app.context.clock);
  const reports = new Counter({
    registers,
    name: "portolan_reports_total",
    labelNames: ["outcome"],
    help: "Reports that came, by how they ended; refused: not a report, or the storage was unavailable",
  });
  for (const outcome of ["applied", "duplicate", "conflict", "refused"] as const) reports.inc({ outcome }, 0);
  const rejected = new Counter({
    registers,
    name: "portolan_rejected_items_total",
    help: "Items of reports that were not as expected and were left out",
  });
  const duration = new Histogram({
    registers,
    name: "portolan_ingest_duration_seconds",
    help: "From a report's last byte to its durable answer",
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5],
  });
  const lag = new Histogram({
    registers,
    name: "portolan_report_lag_seconds",
    help: "From the end of a report's window to its arrival: reports that waited at their agent",
    buckets: [1, 10, 60, 300, 3600, 86_400, 604_800],
  });
  const spools = spoolGauges(registry, app.context.clock);
  app.decorate("metrics", {
    async text() {
      await refresh();
      spools.refresh();
      return registry.metrics();
    },
    report(outcome, rejectedItems, seconds) {
      reports.inc({ outcome });
      if (rejectedItems > 0) rejected.inc(rejectedItems);
      if (seconds !== undefined) duration.observe(seconds);
    },
    arrived(agentId, { at, lagMs, spool }) {
      lag.observe(Math.max(0, lagMs) / 1000);
      if (spool) spools.note(agentId, at, spool);
    },
  });
});
