import type { Zone, ZoneKind } from "@portolan/graph";
import type { Database } from "./database.ts";
import { present } from "./row.ts";

interface Row {
  name: string;
  cidr: string;
  site: string;
  kind: ZoneKind;
  description: string | null;
}

/** The user's zones, in the order in which they were written. */
export function zoneTable(db: Database) {
  const all = db.prepare<[], Row>("SELECT name, cidr, site, kind, description FROM zone ORDER BY position");
  const clear = db.prepare<[]>("DELETE FROM zone");
  const add = db.prepare<[string, string, string, string, string | null]>(
    "INSERT INTO zone (name, cidr, site, kind, description) VALUES (?, ?, ?, ?, ?)",
  );
  return {
    list: (): Zone[] => all.all().map((row) => present(row)),
    replace(zones: readonly Zone[]): void {
      clear.run();
      for (const { name, cidr, site, kind, description } of zones) add.run(name, cidr, site, kind, description ?? null);
    },
  };
}
