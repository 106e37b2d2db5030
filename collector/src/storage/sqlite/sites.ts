import { isTimeZone } from "../../ingest/site-day.ts";
import type { Database } from "./database.ts";

/** Places with their own address plan. The first valid time zone that is heard of a site stays. */
export function siteTable(db: Database) {
  const find = db.prepare<[string], number>("SELECT site_key FROM site WHERE name = ?").pluck();
  const add = db.prepare<[string]>("INSERT INTO site (name) VALUES (?)");
  const zone = db.prepare<[string], string | null>("SELECT time_zone FROM site WHERE name = ?").pluck();
  const setZone = db.prepare<[string, number]>(
    "UPDATE site SET time_zone = ? WHERE site_key = ? AND time_zone IS NULL",
  );
  return {
    keyOf(name: string, timeZone?: string): number {
      const key = find.get(name) ?? Number(add.run(name).lastInsertRowid);
      if (timeZone !== undefined && isTimeZone(timeZone)) setZone.run(timeZone, key);
      return key;
    },
    timeZone: (name: string) => zone.get(name) ?? undefined,
  };
}

export type SiteTable = ReturnType<typeof siteTable>;
