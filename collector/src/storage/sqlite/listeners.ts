import type { AcceptedListener, StoredListener } from "../storage.ts";
import type { Database } from "./database.ts";
import { hostId, protocolName, protocolNumber } from "./encoding.ts";
import type { InternedTables } from "./interned.ts";
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

export function listenerTable(db: Database, interned: InternedTables) {
  const listedAt = db.prepare<[number], number | null>("SELECT listeners_at FROM host WHERE host_key = ?").pluck();
  const setListedAt = db.prepare<[number, number]>("UPDATE host SET listeners_at = ? WHERE host_key = ?");
  const close = db.prepare<[number]>("UPDATE listener SET open = 0 WHERE host_key = ? AND open = 1");
  const put = db.prepare<number[]>(
    `INSERT INTO listener (host_key, import_key, scope_key, protocol, address_key, port, process_key, first_seen,
       last_seen, open) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT DO UPDATE SET first_seen = min(first_seen, excluded.first_seen),
       last_seen = max(last_seen, excluded.last_seen), open = max(open, excluded.open),
       import_key = min(import_key, excluded.import_key)`,
  );
  const list = db.prepare<[], Row>(LIST);
  const labels = processLabels(db);
  return {
    /** A whole list. One that is older than the last (a report that came late) opens and closes nothing. */
    replace(hostKey: number, importKey: number, listeners: readonly AcceptedListener[], at: number): void {
      const isLatest = (listedAt.get(hostKey) ?? 0) <= at;
      if (isLatest) {
        close.run(hostKey);
        setListedAt.run(at, hostKey);
      }
      for (const { scope, protocol, address, port, process } of listeners) {
        const socket = [interned.scopeKey(scope), protocolNumber(protocol), interned.addressKey(address), port];
        put.run(hostKey, importKey, ...socket, interned.processKey(process), at, at, Number(isLatest));
      }
    },
    list(): StoredListener[] {
      const labelOf = labels();
      return list.all().map((row) => storedListener(row, labelOf.get(row.processKey)));
    },
  };
}

export type ListenerTable = ReturnType<typeof listenerTable>;
