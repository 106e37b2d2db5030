import type { HostFacts } from "@portolan/protocol";
import type { UndoneImport } from "../imports.ts";
import type { AppliedReports } from "./applied-reports.ts";
import type { Database } from "./database.ts";
import type { HostTable } from "./hosts.ts";
import { UNFINISHED } from "./unfinished-imports.ts";

/** Hosts that this file named: as what they are, as the end of a flow, or as who captured it. */
const NAMED = `
  SELECT host_key FROM imported_host WHERE import_key = @importKey
  UNION SELECT client_host_key FROM imported_flow WHERE import_key = @importKey AND client_host_key > 0
  UNION SELECT server_host_key FROM imported_flow WHERE import_key = @importKey AND server_host_key > 0`;

/** Rows that know their file, in an order in which nothing points at what is gone. */
const ROWS_OF_IMPORT = [
  "imported_flow",
  "imported_address_list",
  "host_address",
  "host_day",
  "host_source",
  "listener",
  "import_facts",
  "import_report",
  "imported_host",
  "folded_listener",
  "unfinished_host",
  "unfinished_import",
];

/** Rows that are found by their host first. */
const ROWS_OF_HOST = ["load_hour", "load_day", "directory", "address_list", "address_dependency"];

/** What hangs on a flow by its key. */
const ROWS_OF_FLOW = ["flow_day", "flow_month", "folded_client"];

/** What may still need an imported host when its file is gone. Its address rows and facts are its own. */
const NEEDED = `
  SELECT managed OR EXISTS (SELECT 1 FROM imported_host i WHERE i.host_key = h.host_key)
    OR EXISTS (SELECT 1 FROM imported_flow WHERE client_host_key = h.host_key OR server_host_key = h.host_key)
    OR EXISTS (SELECT 1 FROM agent a WHERE a.host_key = h.host_key)
    OR EXISTS (SELECT 1 FROM host m WHERE m.merged_into = h.host_key)
  FROM host h WHERE host_key = ?`;

/** Takes away all that one file brought, inside the caller's transaction, as if it had never been imported. */
export function importUndo(db: Database, { applied, hosts }: { applied: AppliedReports; hosts: HostTable }) {
  const keyOf = db
    .prepare<[string], number>(`SELECT import_key FROM import WHERE id = ? AND import_key NOT IN ${UNFINISHED}`)
    .pluck();
  const named = db.prepare<{ importKey: number }, number>(NAMED).pluck();
  const epochs = db
    .prepare<[number], number>("SELECT DISTINCT epoch_key FROM import_report WHERE import_key = ?")
    .pluck();
  const numbers = db
    .prepare<[number, number], number>("SELECT number FROM import_report WHERE import_key = ? AND epoch_key = ?")
    .pluck();
  const days = db.prepare<[number], number>("SELECT count(*) FROM host_day WHERE import_key = ?").pluck();
  const importedFlows = db.prepare<[number], number>("SELECT count(*) FROM imported_flow WHERE import_key = ?").pluck();
  const addresses = db
    .prepare<[number], number>(
      "SELECT coalesce(sum(json_array_length(items)), 0) FROM imported_address_list WHERE import_key = ?",
    )
    .pluck();
  const dropOfFlows = ROWS_OF_FLOW.map((table) =>
    db.prepare<[number, number]>(
      `DELETE FROM ${table} WHERE flow_key IN (SELECT flow_key FROM flow WHERE host_key = ? AND import_key = ?)`,
    ),
  );
  const dropFlows = db.prepare<[number, number]>("DELETE FROM flow WHERE host_key = ? AND import_key = ?");
  const dropsOfHost = ROWS_OF_HOST.map((table) =>
    db.prepare<[number, number]>(`DELETE FROM ${table} WHERE host_key = ? AND import_key = ?`),
  );
  const drops = ROWS_OF_IMPORT.map((table) => db.prepare<[number]>(`DELETE FROM ${table} WHERE import_key = ?`));
  const dropImport = db.prepare<[number]>("DELETE FROM import WHERE import_key = ?");
  const dropSilentAgents = db.prepare<[number]>(
    `DELETE FROM agent WHERE host_key = ? AND kind = 'file'
       AND NOT EXISTS (SELECT 1 FROM epoch WHERE epoch.agent_key = agent.agent_key)`,
  );
  const factsCameFrom = db
    .prepare<[number, number], number>(
      `SELECT 1 FROM host JOIN import_facts f USING (host_key)
       WHERE host_key = ? AND import_key = ? AND f.at = host.facts_at`,
    )
    .pluck();
  const clearFacts = db.prepare<[number]>(
    "UPDATE host SET facts = NULL, facts_at = NULL, fqdn_key = NULL WHERE host_key = ?",
  );
  const dropOwnAddresses = db.prepare<[number]>("DELETE FROM host_address WHERE host_key = ? AND import_key = 0");
  const otherFacts = db.prepare<[number], { at: number; facts: string }>(
    "SELECT at, facts FROM import_facts WHERE host_key = ? ORDER BY at",
  );
  const hadListeners = db
    .prepare<[number, number], number>("SELECT 1 FROM listener WHERE host_key = ? AND import_key = ? LIMIT 1")
    .pluck();
  // Each listener of a whole list carries the list's time: those of the latest list that is left are the open ones.
  const reopen = db.prepare<{ hostKey: number }>(
    `UPDATE listener SET open = last_seen = (SELECT max(last_seen) FROM listener WHERE host_key = @hostKey)
     WHERE host_key = @hostKey`,
  );
  // Unknown: a managed host's agent is asked for its list.
  const forgetList = db.prepare<[number]>("UPDATE host SET listeners_at = NULL WHERE host_key = ?");
  const seeAgain = db.prepare<{ hostKey: number }>(
    `UPDATE host SET first_seen = (SELECT min(first_report) FROM host_day WHERE host_key = @hostKey),
       last_seen = (SELECT max(last_report) FROM host_day WHERE host_key = @hostKey) WHERE host_key = @hostKey`,
  );
  const isNeeded = db.prepare<[number], number>(NEEDED).pluck();
  const dropHostRows = ["host_address", "import_facts", "host"].map((table) =>
    db.prepare<[number]>(`DELETE FROM ${table} WHERE host_key = ?`),
  );

  function restoreFacts(hostKey: number): void {
    clearFacts.run(hostKey);
    dropOwnAddresses.run(hostKey);
    for (const { at, facts } of otherFacts.all(hostKey)) hosts.saveFacts(hostKey, JSON.parse(facts) as HostFacts, at);
  }

  function undo(importKey: number): UndoneImport {
    const hostKeys = named.all({ importKey });
    const addressDependencies = addresses.get(importKey) ?? 0;
    const undone = {
      flows: importedFlows.get(importKey) ?? 0,
      days: days.get(importKey) ?? 0,
      reports: 0,
      hosts: 0,
      ...(addressDependencies > 0 && { addressDependencies }),
    };
    for (const epochKey of epochs.all(importKey)) {
      const taken = numbers.all(importKey, epochKey);
      undone.reports += taken.length;
      applied.giveBack(epochKey, taken);
    }
    const changed = hostKeys.map((hostKey) => ({
      hostKey,
      facts: factsCameFrom.get(hostKey, importKey) !== undefined,
      listeners: hadListeners.get(hostKey, importKey) !== undefined,
    }));
    for (const hostKey of hostKeys) {
      for (const drop of dropOfFlows) drop.run(hostKey, importKey);
      for (const drop of dropsOfHost) drop.run(hostKey, importKey);
      undone.flows += dropFlows.run(hostKey, importKey).changes;
    }
    for (const drop of drops) drop.run(importKey);
    for (const epochKey of applied.emptyEpochs()) applied.dropEpoch(epochKey);
    for (const { hostKey, facts, listeners } of changed) {
      dropSilentAgents.run(hostKey);
      if (facts) restoreFacts(hostKey);
      if (listeners) {
        reopen.run({ hostKey });
        forgetList.run(hostKey);
      }
      seeAgain.run({ hostKey });
      if (isNeeded.get(hostKey) === 1) continue;
      for (const drop of dropHostRows) drop.run(hostKey);
      undone.hosts += 1;
    }
    dropImport.run(importKey);
    return undone;
  }

  return {
    /** Undefined when there is no such import. */
    byId(id: string): UndoneImport | undefined {
      const importKey = keyOf.get(id);
      return importKey === undefined ? undefined : undo(importKey);
    },
    /** Also of an import that is not finished. */
    byKey: undo,
  };
}

export type ImportUndo = ReturnType<typeof importUndo>;
