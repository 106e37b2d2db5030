import { basename } from "node:path";
import type { Storage } from "../storage.ts";
import { addressDependencyTable } from "./address-dependencies.ts";
import { ageing } from "./ageing.ts";
import { agentTable } from "./agents.ts";
import { appliedReports } from "./applied-reports.ts";
import { reportApplier } from "./apply-report.ts";
import { actorText, auditTable } from "./audit.ts";
import { backupDatabase } from "./backup.ts";
import { hostCorrections } from "./corrections.ts";
import { coverageTables } from "./coverage.ts";
import type { Database } from "./database.ts";
import { directoryTable } from "./directory.ts";
import { dayNumber, hostKeyOf } from "./encoding.ts";
import { enrol } from "./enrol.ts";
import { flowListing } from "./flow-listing.ts";
import { flowMonths } from "./flow-months.ts";
import { flowTable } from "./flows.ts";
import { clientFolding } from "./fold-clients.ts";
import { foldedListeners } from "./folded-listeners.ts";
import { forgetOld } from "./forget-old.ts";
import { hostAddressTable } from "./host-addresses.ts";
import { hostTable } from "./hosts.ts";
import { importedAddressTable } from "./imported-addresses.ts";
import { importedFlowTable } from "./imported-flows.ts";
import { importedReports } from "./imported-reports.ts";
import { importTables } from "./imports.ts";
import { internedTables } from "./interned.ts";
import { listenerTable } from "./listeners.ts";
import { loadTables } from "./load.ts";
import { machinesOfAgents } from "./machines.ts";
import { mergedHosts } from "./merged-hosts.ts";
import { metaTable } from "./meta.ts";
import { planTable } from "./plans.ts";
import { rollUp } from "./roll-up.ts";
import { siteTable } from "./sites.ts";
import { importTaking } from "./take-import.ts";
import { tokenTable } from "./tokens.ts";
import { transactions } from "./transactions.ts";
import { importUndo } from "./undo-import.ts";
import { asUnavailable, asUnusable } from "./unavailable.ts";
import { unfinishedImports } from "./unfinished-imports.ts";
import { zoneTable } from "./zones.ts";

const EARLIEST_DAY = -1e9;
const LATEST_DAY = 1e9;

/** The day numbers of a period, both included. */
function daysWithin({ since, until }: { since?: string; until?: string }): [from: number, to: number] {
  return [since === undefined ? EARLIEST_DAY : dayNumber(since), until === undefined ? LATEST_DAY : dayNumber(until)];
}

/**
 * The SQLite driver over a database that openDatabase opened.
 * @throws StorageUnavailableError when its tables are not as they should be; the database is closed then
 */
export function sqliteStorage(db: Database, path: string, now: () => number): Storage {
  try {
    return driver(db, path, now);
  } catch (error) {
    db.close();
    throw asUnusable(error, path);
  }
}

/**
 * Every method is one transaction; statements are prepared once.
 * @param path of the database, for errors
 * @param now time of audit entries whose call carries none
 */
function driver(db: Database, path: string, now: () => number): Storage {
  const interned = internedTables(db);
  const meta = metaTable(db);
  const audit = auditTable(db);
  const sites = siteTable(db);
  const addresses = hostAddressTable(db, interned);
  const merges = mergedHosts(db);
  const unfinished = unfinishedImports(db);
  const hosts = hostTable(db, addresses, merges, unfinished);
  const tokens = tokenTable(db);
  const agents = agentTable(db, merges);
  const flows = flowTable(db, interned);
  const folded = foldedListeners(db, interned, flows);
  const months = flowMonths(db);
  const listFlows = flowListing(db, merges, months, unfinished);
  const importedFlows = importedFlowTable(db, interned, sites, hosts, merges, months);
  const listeners = listenerTable(db, interned, merges);
  const coverage = coverageTables(db, merges);
  const load = loadTables(db, merges);
  const directory = directoryTable(db, merges);
  const importedAddresses = importedAddressTable(db);
  const addressDependencies = addressDependencyTable(db, merges, importedAddresses);
  const imports = importTables(db, sites, hosts, addresses);
  const zones = zoneTable(db);
  const plans = planTable(db);
  const applied = appliedReports(db);
  const reports = reportApplier({
    addressDependencies,
    agents,
    applied,
    coverage,
    directory,
    folded,
    hosts,
    importedReports: importedReports(db),
    listeners,
    load,
    machines: machinesOfAgents(db, hosts),
    sites,
  });
  const correct = hostCorrections(db, merges);
  const undo = importUndo(db, { applied, hosts });
  const age = ageing({ rollUp: rollUp(db), fold: clientFolding(db, interned, folded), forget: forgetOld(db), load });

  /** What was remembered of what is now taken back. */
  function forget(): void {
    interned.forget();
    folded.forget();
    age.forget();
  }
  const { read, readAtOnce, write, alone, guard } = transactions(db, path, { probe: meta.touch, forget });

  /** Rows of one host, or of all without one; an id that names no host has none. */
  function ofHost<Row>(hostId: string | undefined, rows: (hostKey: number | undefined) => Row[]): Row[] {
    const hostKey = hostId === undefined ? undefined : hostKeyOf(hostId);
    return hostId !== undefined && hostKey === undefined ? [] : readAtOnce(() => rows(hostKey));
  }

  const files = importTaking({ imports, importedAddresses, importedFlows, reports, undo, unfinished, write });
  if (!db.readonly) files.undoUnfinished();

  return {
    revision: async () => read(meta.revision),

    createToken: async (token, actor) =>
      write(() => {
        tokens.add(token);
        audit.add(token.createdAt, actor, "token.create", token.id);
      }),
    listTokens: async () => read(tokens.list),
    revokeToken: async (id, at, actor) =>
      write(() => {
        const isKnown = tokens.revoke(id, at);
        if (isKnown) audit.add(at, actor, "token.revoke", id);
        return isKnown;
      }),
    findToken: async (hash) => read(() => tokens.find(hash)),

    enrol: async (tokenId, agent, silentSince) =>
      write(() => {
        if (!enrol({ agents, hosts, sites, tokens }, tokenId, agent, silentSince)) return undefined;
        audit.add(agent.at, { kind: "token", id: tokenId }, "agent.enrol", agent.agentId);
        meta.grow();
        return agents.find(agent.agentId);
      }),
    listAgents: async () => read(agents.list),

    saveReports: async (group) =>
      write(() => {
        const results = group.map((report) => alone(() => reports.fromAgent(report)));
        if (results.some((result) => result.applied)) meta.grow();
        return results;
      }),

    timeZoneOfAgent: async (id) => read(() => agents.timeZone(id)),
    siteTimeZone: async (site) => read(() => sites.timeZone(site) ?? "UTC"),
    findSiteTimeZone: async (site) => read(() => sites.timeZone(site)),
    listHosts: async () => read(hosts.list),
    listListeners: async () => read(listeners.list),
    listFlows: async ({ hostId, ...period } = {}) => {
      const [from, to] = daysWithin(period);
      if (hostId === null) return readAtOnce(() => importedFlows.listWithoutHost(from, to));
      return ofHost(hostId, (hostKey) => [...listFlows(from, to, hostKey), ...importedFlows.list(from, to, hostKey)]);
    },
    listCoverage: async () => read(coverage.list),
    listLoad: async ({ by, hostId, ...period }) =>
      ofHost(hostId, (hostKey) => load.list(hostKey, ...daysWithin(period), by)),
    listDirectory: async () => readAtOnce(directory.list),
    listAddressDependencies: async ({ hostId } = {}) => ofHost(hostId, addressDependencies.list),

    saveImport: async (record, content, actor) =>
      files.save({ ...record, actor: actorText(actor) }, content, () => {
        audit.add(record.at, actor, "import.save", record.id);
        meta.grow();
      }),
    listImports: async () => read(imports.list),
    undoImport: async (id, at, actor) =>
      write(() => {
        const undone = undo.byId(id);
        if (!undone) return undefined;
        folded.forget();
        audit.add(at, actor, "import.undo", id);
        meta.grow();
        return undone;
      }),

    ageEvidence: async (at) =>
      write(() => {
        const { more, changed } = age.step(at);
        if (changed) meta.grow();
        return more;
      }),

    retireHost: async (id, isGone, at, actor) =>
      write(() => {
        const hostKey = hostKeyOf(id);
        if (hostKey === undefined || !correct.setRetired(hostKey, isGone ? at : undefined)) return false;
        audit.add(at, actor, isGone ? "host.retire" : "host.unretire", id);
        meta.grow();
        return true;
      }),
    mergeHosts: async (from, into, at, actor) =>
      write(() => {
        const [fromKey, intoKey] = [hostKeyOf(from), hostKeyOf(into)];
        if (fromKey === undefined || intoKey === undefined) return "unknown";
        const outcome = correct.merge(fromKey, intoKey);
        if (outcome !== "merged") return outcome;
        audit.add(at, actor, "host.merge", `${from} into ${into}`);
        meta.grow();
        return outcome;
      }),
    splitHost: async (id, at, actor) =>
      write(() => {
        const hostKey = hostKeyOf(id);
        if (hostKey === undefined || !correct.split(hostKey)) return false;
        audit.add(at, actor, "host.split", id);
        meta.grow();
        return true;
      }),

    refusal: async () => guard.refusal(),
    noteDamage: async () => guard.noteDamage(),
    databaseBytes: async () =>
      read(() => Number(db.pragma("page_count", { simple: true })) * Number(db.pragma("page_size", { simple: true }))),
    makeBackup: async (at, actor) => {
      try {
        const copy = await backupDatabase(db, path, at);
        write(() => audit.add(at, actor, "backup.make", basename(copy)));
        return copy;
      } catch (error) {
        throw asUnavailable(error, path);
      }
    },

    readZones: async () => read(() => ({ value: zones.list(), version: meta.zonesVersion() })),
    writeZones: async (value, ifVersion, actor) =>
      write(() => {
        if (ifVersion !== undefined && ifVersion !== meta.zonesVersion()) return undefined;
        zones.replace(value);
        const version = meta.nextZonesVersion();
        audit.add(now(), actor, "zones.write", `version ${version}`);
        meta.grow();
        return { value: zones.list(), version };
      }),

    savePlan: async (plan, actor) =>
      write(() => {
        plans.put(plan);
        audit.add(plan.createdAt, actor, "plan.save", plan.id);
        meta.grow();
      }),
    listPlans: async () => read(plans.list),
    readPlan: async (id) => read(() => plans.find(id)),

    listAudit: async (limit) => read(() => audit.list(limit)),
    close: async () => void db.close(),
  };
}
