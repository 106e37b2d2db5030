import type { HostAddress } from "@portolan/graph";
import type { HostFacts } from "@portolan/protocol";
import { normaliseAddress } from "../../ingest/normalise-address.ts";
import type { Database } from "./database.ts";
import type { InternedTables } from "./interned.ts";

interface Row {
  hostKey: number;
  address: string;
  prefix: number | null;
  hostLocal: number;
}

/** Rows of the agent's own facts have import key 0, and stand before what files say of the same address. */
export function hostAddressTable(db: Database, interned: InternedTables) {
  const outdate = db.prepare<[number]>("UPDATE host_address SET current = 0 WHERE host_key = ? AND import_key = 0");
  const put = db.prepare<[number, number, number, number | null, number, number, number]>(
    `INSERT INTO host_address (host_key, import_key, address_key, prefix, host_local, first_seen, last_seen, current)
     VALUES (?, ?, ?, ?, ?, ?, ?, 1)
     ON CONFLICT DO UPDATE SET prefix = excluded.prefix, host_local = excluded.host_local, current = 1,
       first_seen = min(first_seen, excluded.first_seen), last_seen = max(last_seen, excluded.last_seen)`,
  );
  const current = db.prepare<[], Row>(
    `SELECT host_key AS hostKey, address, prefix, host_local AS hostLocal
     FROM host_address JOIN address USING (address_key) WHERE current = 1 ORDER BY host_key, import_key, address`,
  );
  return {
    /** The interfaces as they are now; addresses that they no longer have stay as history. */
    replaceFacts(hostKey: number, interfaces: HostFacts["interfaces"], at: number): void {
      outdate.run(hostKey);
      for (const { addresses, hostLocal } of interfaces) {
        for (const { address, prefix } of addresses) {
          const key = interned.addressKey(normaliseAddress(address));
          put.run(hostKey, 0, key, prefix, Number(hostLocal), at, at);
        }
      }
    },
    addImported(hostKey: number, importKey: number, addresses: readonly string[], at: number): void {
      for (const address of addresses) put.run(hostKey, importKey, interned.addressKey(address), null, 0, at, at);
    },
    byHost(): Map<number, HostAddress[]> {
      const hosts = new Map<number, Map<string, HostAddress>>();
      for (const { hostKey, address, prefix, hostLocal } of current.iterate()) {
        const addresses = hosts.get(hostKey) ?? new Map<string, HostAddress>();
        hosts.set(hostKey, addresses);
        if (addresses.has(address)) continue;
        addresses.set(address, { address, ...(prefix !== null && { prefix }), hostLocal: hostLocal === 1 });
      }
      return new Map([...hosts].map(([hostKey, addresses]) => [hostKey, [...addresses.values()]]));
    },
  };
}

export type HostAddressTable = ReturnType<typeof hostAddressTable>;
