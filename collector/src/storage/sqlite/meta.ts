import type { Database } from "./database.ts";

/** Counters that describe the whole store. */
export function metaTable(db: Database) {
  const read = db.prepare<[string], number>("SELECT value FROM meta WHERE name = ?").pluck();
  const increment = db
    .prepare<[string], number>("UPDATE meta SET value = value + 1 WHERE name = ? RETURNING value")
    .pluck();
  const touch = db.prepare("UPDATE meta SET value = value WHERE name = 'revision'");
  return {
    /** Writes, and changes nothing. */
    touch: () => void touch.run(),
    revision: () => read.get("revision") ?? 0,
    grow: () => void increment.get("revision"),
    zonesVersion: () => read.get("zones_version") ?? 0,
    nextZonesVersion: () => increment.get("zones_version") ?? 0,
  };
}
