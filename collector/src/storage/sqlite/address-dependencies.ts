import { byText } from "@portolan/graph";
import type { AddressDependency } from "@portolan/protocol";
import type { StoredAddressDependency } from "../directory.ts";
import type { Database } from "./database.ts";
import { hostId } from "./encoding.ts";
import type { ImportedAddressTable } from "./imported-addresses.ts";
import type { MergedHosts } from "./merged-hosts.ts";
import { UNFINISHED } from "./unfinished-imports.ts";

interface Row {
  hostKey: number;
  item: string;
  firstSeen: number;
  lastSeen: number;
  /** Of the latest list of the same host. */
  listedAt: number;
}

/** In a fixed order, so that equal items are equal texts. */
function itemText({ kind, holder, target, validUntil, source }: AddressDependency): string {
  return JSON.stringify({ kind, holder, target, ...(validUntil !== undefined && { validUntil }), source });
}

function stored(root: number, { item, firstSeen, lastSeen, listedAt }: Row): StoredAddressDependency {
  const told = JSON.parse(item) as AddressDependency;
  return { hostId: hostId(root), ...told, firstSeen, lastSeen, current: lastSeen >= listedAt };
}

/** One item that several agents or files told of. */
function joined(a: StoredAddressDependency, b: StoredAddressDependency): StoredAddressDependency {
  return {
    ...a,
    firstSeen: Math.min(a.firstSeen, b.firstSeen),
    lastSeen: Math.max(a.lastSeen, b.lastSeen),
    current: a.current || b.current,
  };
}

const fieldsOf = ({ kind, holder, target, source, validUntil = "" }: StoredAddressDependency) =>
  [kind, holder, target, source, validUntil].join("\n");

/** What on hosts names an address, as whole lists tell it. */
export function addressDependencyTable(db: Database, merges: () => MergedHosts, imported: ImportedAddressTable) {
  const listedAt = db
    .prepare<[number, number], number>("SELECT at FROM address_list WHERE host_key = ? AND import_key = ?")
    .pluck();
  const noteList = db.prepare<[number, number, number]>("INSERT OR REPLACE INTO address_list VALUES (?, ?, ?)");
  const put = db.prepare<[number, number, string, number, number]>(
    `INSERT INTO address_dependency VALUES (?, ?, ?, ?, ?)
     ON CONFLICT DO UPDATE SET last_seen = excluded.last_seen`,
  );
  const list = db.prepare<[number], Row>(
    `SELECT d.host_key AS hostKey, item, first_seen AS firstSeen, last_seen AS lastSeen,
       (SELECT max(at) FROM address_list l WHERE l.host_key = d.host_key AND l.import_key NOT IN ${UNFINISHED}) AS listedAt
     FROM address_dependency d WHERE d.host_key = ? AND d.import_key NOT IN ${UNFINISHED}`,
  );
  const allHosts = db.prepare<[], number>("SELECT DISTINCT host_key FROM address_list ORDER BY host_key").pluck();

  function ofHost(root: number, members: readonly number[]): StoredAddressDependency[] {
    const known = new Map<string, StoredAddressDependency>();
    for (const row of members.flatMap((member) => list.all(member))) {
      const item = stored(root, row);
      const same = known.get(row.item);
      known.set(row.item, same ? joined(same, item) : item);
    }
    const told = [...known.values(), ...imported.ofHost(hostId(root), members)];
    return told.sort((a, b) => byText(fieldsOf(a), fieldsOf(b)));
  }

  return {
    /** A list that is older than what is stored changes nothing. */
    replace(hostKey: number, importKey: number, items: readonly AddressDependency[] | undefined, at: number): void {
      if (!items || (listedAt.get(hostKey, importKey) ?? 0) > at) return;
      noteList.run(hostKey, importKey, at);
      for (const item of items) put.run(hostKey, importKey, itemText(item), at, at);
    },
    /** Of one host, or of all. */
    list(hostKey: number | undefined): StoredAddressDependency[] {
      const { rootOf, membersOf } = merges();
      const roots =
        hostKey === undefined ? new Set([...allHosts.all(), ...imported.hosts()].map(rootOf)) : [rootOf(hostKey)];
      return [...roots].sort((a, b) => a - b).flatMap((root) => ofHost(root, membersOf(root)));
    },
  };
}

export type AddressDependencyTable = ReturnType<typeof addressDependencyTable>;
