import type { Directory } from "@portolan/protocol";
import type { DirectoryState, HostDirectory } from "../directory.ts";
import type { Database } from "./database.ts";
import { hostId } from "./encoding.ts";
import type { MergedHosts } from "./merged-hosts.ts";
import { UNFINISHED } from "./unfinished-imports.ts";

/** A check that fails every other hour changes the state so often in three weeks. */
const MOST_STATES = 1000;

interface Row {
  hostKey: number;
  firstSeen: number;
  lastSeen: number;
  state: string;
  record: string | null;
}

/** In a fixed order, so that equal states are equal texts. */
function stateOf(record: Directory): DirectoryState {
  const { status, reason, method, role, realm, dnsDomain, forest, netbios } = record;
  const { computerAccount, distinguishedName, site, entra } = record;
  return {
    status,
    ...(reason && { reason }),
    ...(method && { method }),
    ...(role && { role }),
    ...(realm !== undefined && { realm }),
    ...(dnsDomain !== undefined && { dnsDomain }),
    ...(forest !== undefined && { forest }),
    ...(netbios !== undefined && { netbios }),
    ...(computerAccount !== undefined && { computerAccount }),
    ...(distinguishedName !== undefined && { distinguishedName }),
    ...(site !== undefined && { site }),
    ...(entra && { entra: { state: entra.state, ...(entra.tenantId !== undefined && { tenantId: entra.tenantId }) } }),
  };
}

/** Whether and how hosts belong to domains, and how that changed. */
export function directoryTable(db: Database, merges: () => MergedHosts) {
  const latest = db.prepare<[number, number], { firstSeen: number; lastSeen: number; state: string }>(
    `SELECT first_seen AS firstSeen, last_seen AS lastSeen, state FROM directory
     WHERE host_key = ? AND import_key = ? ORDER BY first_seen DESC LIMIT 1`,
  );
  const add = db.prepare<[number, number, number, number, string, string]>(
    "INSERT OR REPLACE INTO directory VALUES (?, ?, ?, ?, ?, ?)",
  );
  const goOn = db.prepare<[number, string, number, number, number]>(
    "UPDATE directory SET last_seen = ?, record = ? WHERE host_key = ? AND import_key = ? AND first_seen = ?",
  );
  const end = db.prepare<[number, number]>("UPDATE directory SET record = NULL WHERE host_key = ? AND import_key = ?");
  const dropOldest = db.prepare<[number, number, number, number, number]>(
    `DELETE FROM directory WHERE host_key = ? AND import_key = ? AND first_seen < (
       SELECT first_seen FROM directory WHERE host_key = ? AND import_key = ? ORDER BY first_seen DESC LIMIT 1 OFFSET ?)`,
  );
  const list = db.prepare<[], Row>(
    `SELECT host_key AS hostKey, first_seen AS firstSeen, last_seen AS lastSeen, state, record FROM directory
     WHERE import_key NOT IN ${UNFINISHED} ORDER BY first_seen, host_key, import_key`,
  );

  /** The rows of one host, or of hosts that are one. */
  function told(root: number, rows: readonly Row[]): HostDirectory[] {
    const current = rows.reduce<Row | undefined>(
      (best, row) => (row.record !== null && row.lastSeen >= (best?.lastSeen ?? 0) ? row : best),
      undefined,
    );
    if (!current || current.record === null) return [];
    const same = new Set(rows.filter((row) => row.record !== null && row.state === current.state));
    const earlier = rows
      .filter((row) => !same.has(row))
      .map(({ state, firstSeen, lastSeen }) => ({ state: JSON.parse(state) as DirectoryState, firstSeen, lastSeen }));
    return [
      {
        hostId: hostId(root),
        record: JSON.parse(current.record) as Directory,
        firstSeen: Math.min(...[...same].map(({ firstSeen }) => firstSeen)),
        lastSeen: current.lastSeen,
        earlier,
      },
    ];
  }

  return {
    /** A record that is older than what is stored (a report that came late) changes nothing. */
    save(hostKey: number, importKey: number, record: Directory | undefined, at: number): void {
      if (!record) return;
      const known = latest.get(hostKey, importKey);
      if (known && known.lastSeen > at) return;
      const state = JSON.stringify(stateOf(record));
      if (known?.state === state) {
        goOn.run(at, JSON.stringify(record), hostKey, importKey, known.firstSeen);
        return;
      }
      end.run(hostKey, importKey);
      add.run(hostKey, importKey, at, at, state, JSON.stringify(record));
      dropOldest.run(hostKey, importKey, hostKey, importKey, MOST_STATES);
    },
    list(): HostDirectory[] {
      const { rootOf } = merges();
      const byRoot = Map.groupBy(list.all(), ({ hostKey }) => rootOf(hostKey));
      return [...byRoot].sort(([a], [b]) => a - b).flatMap(([root, rows]) => told(root, rows));
    },
  };
}

export type DirectoryTable = ReturnType<typeof directoryTable>;
