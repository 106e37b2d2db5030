import type { AcceptedListener } from "../accepted-report.ts";
import type { StoredListener } from "../evidence.ts";
import type { Database } from "./database.ts";
import { hostId, protocolName, protocolNumber } from "./encoding.ts";
import type { InternedTables } from "./interned.ts";
import type { MergedHosts } from "./merged-hosts.ts";
import { processLabels } from "./process-labels.ts";

interface Row {
  id: number;
  hostKey: number;
  protocol: number;
  address: string;
  port: number;
  processKey: number;
  scope: string;
  firstSeen: number;
  lastSeen: number;
  open: number;
}

/** A listener that is still open was last seen by the host's latest report: unchanged lists are not sent again. */
const LIST = `
  SELECT listener_key AS id, host_key AS hostKey, protocol, address, port, process_key AS processKey, scope.name AS scope,
    listener.first_seen AS firstSeen,
    iif(open, max(listener.last_seen, coalesce(host.last_seen, 0)), listener.last_seen) AS lastSeen, open
  FROM listener JOIN host USING (host_key) JOIN scope USING (scope_key) JOIN address USING (address_key)
  ORDER BY listener_key`;

function storedListener(row: Row, process: string | undefined): StoredListener {
  const { hostKey, protocol, processKey: _processKey, scope, open, ...same } = row;
  return {
    ...same,
    hostId: hostId(hostKey),
    protocol: protocolName(protocol),
    ...(process !== undefined && { process }),
    ...(scope !== "" && { scope }),
    open: open === 1,
  };
}

export function listenerTable(db: Database, interned: InternedTables, merges: () => MergedHosts) {
  const listedAt = db.prepare<[number], number | null>("SELECT listeners_at FROM host WHERE host_key = ?").pluck();
  const setListedAt = db.prepare<[number, number | null, number]>(
    "UPDATE host SET listeners_at = ?, listeners_epoch_key = ? WHERE host_key = ?",
  );
  const close = db.prepare<[number]>("UPDATE listener SET open = 0 WHERE host_key = ? AND open = 1");
  const put = db.prepare<number[]>(
    `INSERT INTO listener (host_key, import_key, scope_key, protocol, address_key, port, process_key, first_seen,
       last_seen, open) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT DO UPDATE SET first_seen = min(first_seen, excluded.first_seen),
       last_seen = max(last_seen, excluded.last_seen), open = max(open, excluded.open)`,
  );
  const list = db.prepare<[], Row>(LIST);
  const labels = processLabels(db);
  return {
    /**
     * A whole list. One that is older than the last (a report that came late) opens and closes nothing.
     * @param epochKey of the agent that sent it; none for that of a file
     */
    replace(
      hostKey: number,
      importKey: number,
      listeners: readonly AcceptedListener[],
      at: number,
      epochKey?: number,
    ): void {
      const isLatest = (listedAt.get(hostKey) ?? 0) <= at;
      if (isLatest) {
        close.run(hostKey);
        setListedAt.run(at, epochKey ?? null, hostKey);
      }
      for (const { scope, protocol, address, port, process } of listeners) {
        const socket = [interned.scopeKey(scope), protocolNumber(protocol), interned.addressKey(address), port];
        put.run(hostKey, importKey, ...socket, interned.processKey(process), at, at, Number(isLatest));
      }
    },
    /** One for each socket, whoever told of it: the agent, files, and hosts that are one. */
    list(): StoredListener[] {
      const labelOf = labels();
      const { rootOf } = merges();
      const found = new Map<string, Row>();
      for (const row of list.iterate()) {
        const hostKey = rootOf(row.hostKey);
        const { protocol, address, port, processKey, scope } = row;
        const key = JSON.stringify([hostKey, protocol, address, port, processKey, scope]);
        const known = found.get(key);
        if (!known) found.set(key, { ...row, hostKey });
        else {
          known.firstSeen = Math.min(known.firstSeen, row.firstSeen);
          known.lastSeen = Math.max(known.lastSeen, row.lastSeen);
          known.open = Math.max(known.open, row.open);
        }
      }
      return [...found.values()].map((row) => storedListener(row, labelOf.get(row.processKey)));
    },
  };
}

export type ListenerTable = ReturnType<typeof listenerTable>;
