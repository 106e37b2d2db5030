import type { HostAddress } from "@portolan/graph";
import type { HostFacts } from "@portolan/protocol";
import type { StoredHost } from "../evidence.ts";
import type { Database } from "./database.ts";
import { hostId } from "./encoding.ts";
import type { HostAddressTable } from "./host-addresses.ts";
import { displayNames, matchName, nameKeys } from "./host-names.ts";
import type { ListedRow } from "./host-row.ts";
import { joinHosts } from "./join-hosts.ts";
import type { MergedHosts } from "./merged-hosts.ts";
import { present } from "./row.ts";
import type { UnfinishedImports } from "./unfinished-imports.ts";

interface CandidateRow {
  hostKey: number;
  managed: number;
  nameKey: string;
  fqdnKey: string | null;
}

/**
 * Of environment and notes the latest import that says something counts; of agents the one that is not retired. A host
 * whose agent was heard of after the host was retired is evidently not gone.
 */
const LIST = `
  SELECT host_key AS hostKey, site.name AS site, host.name, managed, facts, facts_at AS factsAt, first_seen AS firstSeen, last_seen AS lastSeen,
    clone_of AS cloneOf,
    (SELECT environment FROM imported_host i WHERE i.host_key = host.host_key AND environment IS NOT NULL
      ORDER BY import_key DESC LIMIT 1) AS environment,
    (SELECT notes FROM imported_host i WHERE i.host_key = host.host_key AND notes IS NOT NULL
      ORDER BY import_key DESC LIMIT 1) AS notes,
    (SELECT id FROM agent WHERE agent.host_key = host.host_key AND kind = 'enrolled' AND retired_at IS NULL
      ORDER BY agent_key DESC LIMIT 1) AS agentId,
    iif(EXISTS (SELECT 1 FROM agent WHERE agent.host_key = host.host_key AND kind = 'enrolled'
      AND max(enrolled_at, coalesce(last_report_at, 0)) > host.gone_at), NULL, host.gone_at) AS retiredAt
  FROM host JOIN site USING (site_key) WHERE host_key NOT IN (SELECT host_key FROM unfinished_host) ORDER BY host_key`;

function storedHost(row: ListedRow, shown: string | undefined, addresses: HostAddress[] = []): StoredHost {
  const { hostKey, managed, facts, factsAt: _factsAt, name, cloneOf, ...same } = row;
  return {
    id: hostId(hostKey),
    kind: managed === 1 ? "managed" : "imported",
    addresses,
    name: shown ?? name,
    ...present(same),
    ...(cloneOf !== null && { cloneOf: hostId(cloneOf) }),
    ...(facts !== null && { facts: JSON.parse(facts) as HostFacts }),
  };
}

/** Managed and imported hosts. Unmanaged ones are nobody's record: they follow from the flows. */
export function hostTable(
  db: Database,
  addresses: HostAddressTable,
  merges: () => MergedHosts,
  unfinished: UnfinishedImports,
) {
  const list = db.prepare<[], ListedRow>(LIST);
  const sameLabel = db.prepare<[number, string], CandidateRow>(
    `SELECT host_key AS hostKey, managed, name_key AS nameKey, fqdn_key AS fqdnKey FROM host
     WHERE site_key = ? AND short_key = ? ORDER BY host_key`,
  );
  const add = db.prepare<[number, number, string, string, string, string | null]>(
    "INSERT INTO host (site_key, managed, name, name_key, short_key, machine_id) VALUES (?, ?, ?, ?, ?, ?)",
  );
  const manage = db.prepare<[string, string, string, string | null, number]>(
    `UPDATE host SET managed = 1, name = ?, name_key = ?, short_key = ?, machine_id = coalesce(?, machine_id)
     WHERE host_key = ?`,
  );
  const factsAt = db.prepare<[number], number | null>("SELECT facts_at FROM host WHERE host_key = ?").pluck();
  const setFacts = db.prepare<
    [string, string, string, string | null, string | null, string, number, number | null, number]
  >(
    `UPDATE host SET name = ?, name_key = ?, short_key = ?, fqdn_key = ?, machine_id = coalesce(?, machine_id), facts = ?,
       facts_at = ?, facts_epoch_key = ? WHERE host_key = ?`,
  );
  const see = db.prepare<[number, number, number]>(
    `UPDATE host SET first_seen = min(coalesce(first_seen, 9e15), ?), last_seen = max(coalesce(last_seen, 0), ?)
     WHERE host_key = ?`,
  );
  const lacking = db.prepare<[number, number, number], { host: number; listeners: number }>(
    `SELECT facts IS NULL OR facts_epoch_key <> ? AS host, listeners_at IS NULL OR listeners_epoch_key <> ? AS listeners
     FROM host WHERE host_key = ?`,
  );
  const addClone = db.prepare<[number, number]>(
    `INSERT INTO host (site_key, managed, name, name_key, short_key, machine_id, clone_of)
     SELECT site_key, 1, name, name_key, short_key, machine_id, ? FROM host WHERE host_key = ?`,
  );
  const find = (siteKey: number, name: string, only?: "imported"): number | undefined => {
    const keys = nameKeys(name);
    const rows = sameLabel.all(siteKey, keys.shortKey).filter((row) => only === undefined || row.managed === 0);
    return matchName(
      keys,
      rows.map(({ hostKey, managed, nameKey, fqdnKey }) => ({
        hostKey,
        managed: managed === 1,
        names: fqdnKey === null ? [nameKey] : [nameKey, fqdnKey],
      })),
    );
  };
  return {
    /** An imported host of that name becomes managed; else a new one is made. */
    addManaged(siteKey: number, name: string, machineId: string | undefined): number {
      const { nameKey, shortKey } = nameKeys(name);
      const known = find(siteKey, name, "imported");
      if (known === undefined) {
        return Number(add.run(siteKey, 1, name, nameKey, shortKey, machineId ?? null).lastInsertRowid);
      }
      unfinished.noteKnownHost(known);
      manage.run(name, nameKey, shortKey, machineId ?? null, known);
      return known;
    },
    /** The host that a file means by a name, made where there is none. */
    findOrAddImported(siteKey: number, name: string): number {
      const { nameKey, shortKey } = nameKeys(name);
      const known = find(siteKey, name);
      if (known !== undefined) {
        unfinished.noteKnownHost(known);
        return known;
      }
      const made = Number(add.run(siteKey, 0, name, nameKey, shortKey, null).lastInsertRowid);
      unfinished.noteNewHost(made);
      return made;
    },
    /**
     * Facts that are older than what is stored (a report that came late) change nothing.
     * @param epochKey of the agent that sent them; none for those of a file
     */
    saveFacts(hostKey: number, facts: HostFacts, at: number, epochKey?: number): void {
      if ((factsAt.get(hostKey) ?? 0) > at) return;
      const { nameKey, shortKey } = nameKeys(facts.hostname);
      const fqdnKey = facts.fqdn === undefined ? null : nameKeys(facts.fqdn).nameKey;
      const json = JSON.stringify(facts);
      const machineId = facts.machineId ?? null;
      setFacts.run(facts.hostname, nameKey, shortKey, fqdnKey, machineId, json, at, epochKey ?? null, hostKey);
      addresses.replaceFacts(hostKey, facts.interfaces, at);
    },
    /** A report spans from..to. */
    see: (hostKey: number, from: number, to: number) => void see.run(from, to, hostKey),
    /** What is not known of the host, or known only from another start of its agent. */
    missing(hostKey: number, epochKey: number): ("host" | "listeners")[] {
      const row = lacking.get(epochKey, epochKey, hostKey);
      return [...(row?.host === 1 ? ["host" as const] : []), ...(row?.listeners === 1 ? ["listeners" as const] : [])];
    },
    /** A host for a machine that runs beside another with the same identity; it has that one's name until it says its own. */
    addClone: (original: number) => Number(addClone.run(original, original).lastInsertRowid),
    list(): StoredHost[] {
      const hosts = merges();
      const all = list.all();
      const rowOf = new Map(all.map((row) => [row.hostKey, row]));
      const rows = all.filter((row) => hosts.rootOf(row.hostKey) === row.hostKey);
      const names = displayNames(rows);
      const addressesByHost = addresses.byHost();
      return rows.map((row) => {
        const shown = names.get(row.hostKey);
        if (!hosts.isMerged(row.hostKey)) return storedHost(row, shown, addressesByHost.get(row.hostKey));
        const members = hosts.membersOf(row.hostKey).flatMap((hostKey) => rowOf.get(hostKey) ?? []);
        const joined = joinHosts(row, members);
        const mergedFrom = members.slice(1).map(({ hostKey, name }) => ({ id: hostId(hostKey), name }));
        const every = new Map(
          members.flatMap(({ hostKey }) => addressesByHost.get(hostKey) ?? []).map((one) => [one.address, one]),
        );
        return { ...storedHost(joined, shown, [...every.values()]), mergedFrom };
      });
    },
  };
}

export type HostTable = ReturnType<typeof hostTable>;
