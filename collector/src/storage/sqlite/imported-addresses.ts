import type { AddressDependency } from "@portolan/protocol";
import type { StoredAddressDependency } from "../directory.ts";
import type { ImportedAddressList } from "../imports.ts";
import type { Database } from "./database.ts";

interface Row {
  importId: string;
  holder: string;
  at: number;
  items: string;
}

/** What files say that names addresses on hosts; written with the last commit of each file. */
export function importedAddressTable(db: Database) {
  const add = db.prepare<[number, number, string, number, string]>(
    `INSERT INTO imported_address_list VALUES (?, ?, ?, ?, ?)`,
  );
  const list = db.prepare<[number], Row>(
    `SELECT import.id AS importId, holder, l.at AS at, l.items AS items
     FROM imported_address_list l JOIN import USING (import_key)
     WHERE host_key = ? ORDER BY import_key`,
  );
  const hosts = db.prepare<[], number>("SELECT DISTINCT host_key FROM imported_address_list").pluck();

  /** Of one holder, the earliest list first. */
  function ofHolder(hostId: string, lists: readonly Row[]): StoredAddressDependency[] {
    const known = new Map<string, StoredAddressDependency>();
    const latest = lists.at(-1);
    for (const row of lists) {
      for (const item of JSON.parse(row.items) as AddressDependency[]) {
        const key = JSON.stringify(item);
        const firstSeen = known.get(key)?.firstSeen ?? row.at;
        const { importId, at } = row;
        known.set(key, { hostId, ...item, importId, firstSeen, lastSeen: at, current: row === latest });
      }
    }
    return [...known.values()];
  }

  return {
    add(hostKey: number, importKey: number, { holder, at, items }: ImportedAddressList): void {
      add.run(hostKey, importKey, holder, at, JSON.stringify(items));
    },
    /** Hosts with such a list. */
    hosts: () => hosts.all(),
    /** @param members of the host, as MergedHosts has them */
    ofHost(hostId: string, members: readonly number[]): StoredAddressDependency[] {
      const rows = members.flatMap((member) => list.all(member)).sort((a, b) => a.at - b.at);
      return [...Map.groupBy(rows, ({ holder }) => holder).values()].flatMap((lists) => ofHolder(hostId, lists));
    },
  };
}

export type ImportedAddressTable = ReturnType<typeof importedAddressTable>;
