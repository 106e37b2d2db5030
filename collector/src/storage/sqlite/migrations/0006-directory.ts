import type { Migration } from "./migration.ts";

/**
 * Membership of domains: a row for each state that a host was told in, by source (import_key 0: its agent). `state` is
 * JSON of what makes a change, `record` all that was told last; only the latest row of a source has one. Times are
 * milliseconds since 1970 UTC. What on a host names an address: `item` is JSON; a list's own time tells which are still
 * named.
 */
export const directory: Migration = {
  version: 6,
  sql: `
CREATE TABLE directory (
  host_key INTEGER NOT NULL REFERENCES host, import_key INTEGER NOT NULL, first_seen INTEGER NOT NULL,
  last_seen INTEGER NOT NULL, state TEXT NOT NULL, record TEXT,
  PRIMARY KEY (host_key, import_key, first_seen)
) STRICT, WITHOUT ROWID;
CREATE TABLE address_list (
  host_key INTEGER NOT NULL REFERENCES host, import_key INTEGER NOT NULL, at INTEGER NOT NULL,
  PRIMARY KEY (host_key, import_key)
) STRICT, WITHOUT ROWID;
CREATE TABLE address_dependency (
  host_key INTEGER NOT NULL REFERENCES host, import_key INTEGER NOT NULL, item TEXT NOT NULL,
  first_seen INTEGER NOT NULL, last_seen INTEGER NOT NULL,
  PRIMARY KEY (host_key, import_key, item)
) STRICT, WITHOUT ROWID;
`,
};
