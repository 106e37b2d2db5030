import type { Migration } from "./migration.ts";

/**
 * What hosts did, by hour of the site's clock (its start, milliseconds since 1970 UTC) and by day; import_key 0: from the
 * agent. Both are kept as reports come, so that old hours need only be dropped. `figures` as load-figures.ts writes them.
 */
export const load: Migration = {
  version: 5,
  sql: `
CREATE TABLE load_hour (
  host_key INTEGER NOT NULL REFERENCES host, day INTEGER NOT NULL, hour INTEGER NOT NULL, import_key INTEGER NOT NULL,
  figures TEXT NOT NULL, PRIMARY KEY (host_key, day, hour, import_key)
) STRICT, WITHOUT ROWID;
CREATE TABLE load_day (
  host_key INTEGER NOT NULL REFERENCES host, day INTEGER NOT NULL, import_key INTEGER NOT NULL, figures TEXT NOT NULL,
  PRIMARY KEY (host_key, day, import_key)
) STRICT, WITHOUT ROWID;
`,
};
