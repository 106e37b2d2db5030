import type { ImportedHost, ImportRecord } from "../imports.ts";
import type { Database } from "./database.ts";
import type { HostAddressTable } from "./host-addresses.ts";
import type { HostTable } from "./hosts.ts";
import type { SiteTable } from "./sites.ts";
import { UNFINISHED } from "./unfinished-imports.ts";

/** Import key of what agents send themselves. */
export const NO_IMPORT = 0;

const COLUMNS = "id, format, file_name AS fileName, content_hash AS contentHash, at, actor, items";

/** Files that were taken, and what they said about hosts. */
export function importTables(db: Database, sites: SiteTable, hosts: HostTable, addresses: HostAddressTable) {
  const add = db.prepare<[ImportRecord]>(
    `INSERT INTO import (id, format, file_name, content_hash, at, actor, items)
     VALUES (@id, @format, @fileName, @contentHash, @at, @actor, @items)`,
  );
  const all = db.prepare<[], ImportRecord>(
    `SELECT ${COLUMNS} FROM import WHERE import_key NOT IN ${UNFINISHED} ORDER BY import_key`,
  );
  const sameContent = db.prepare<[string], ImportRecord>(`SELECT ${COLUMNS} FROM import WHERE content_hash = ?`);
  const describe = db.prepare<[number, number, string | null, string | null]>(
    `INSERT INTO imported_host VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET
       environment = coalesce(excluded.environment, environment), notes = coalesce(excluded.notes, notes)`,
  );
  return {
    add: (record: ImportRecord) => Number(add.run(record).lastInsertRowid),
    list: () => all.all(),
    withContent: (contentHash: string) => sameContent.get(contentHash),
    addHost(importKey: number, { name, site, addresses: list, environment, notes }: ImportedHost, at: number): void {
      const hostKey = hosts.findOrAddImported(sites.keyOf(site), name);
      describe.run(importKey, hostKey, environment ?? null, notes ?? null);
      addresses.addImported(hostKey, importKey, list, at);
    },
    /** The host that a file names, noted so that an undo knows; made where there is none. */
    nameHost(importKey: number, site: string, name: string): number {
      const hostKey = hosts.findOrAddImported(sites.keyOf(site), name);
      describe.run(importKey, hostKey, null, null);
      return hostKey;
    },
    /** Notes that a file named this host, so that an undo knows. */
    noteHost: (importKey: number, hostKey: number) => void describe.run(importKey, hostKey, null, null),
  };
}

export type ImportTables = ReturnType<typeof importTables>;
