import type { Migration } from "./migration.ts";

/**
 * What corrections need: a host may be retired, or be one with another (its rows stay its own, so that a split gives
 * them back); listeners and sources know which file brought them, and a file which reports and facts, so that an undo
 * takes away exactly what the file brought.
 */
export const corrections: Migration = {
  version: 2,
  sql: `
ALTER TABLE host ADD COLUMN gone_at INTEGER;
ALTER TABLE host ADD COLUMN merged_into INTEGER REFERENCES host;
CREATE INDEX host_merged ON host (merged_into) WHERE merged_into IS NOT NULL;

CREATE TABLE listener_by_import (
  listener_key INTEGER PRIMARY KEY, host_key INTEGER NOT NULL REFERENCES host, import_key INTEGER NOT NULL,
  scope_key INTEGER NOT NULL REFERENCES scope, protocol INTEGER NOT NULL,
  address_key INTEGER NOT NULL REFERENCES address, port INTEGER NOT NULL,
  process_key INTEGER NOT NULL REFERENCES process, first_seen INTEGER NOT NULL, last_seen INTEGER NOT NULL,
  open INTEGER NOT NULL, UNIQUE (host_key, import_key, scope_key, protocol, address_key, port, process_key)
) STRICT;
INSERT INTO listener_by_import SELECT listener_key, host_key, import_key, scope_key, protocol, address_key, port,
  process_key, first_seen, last_seen, open FROM listener;
DROP TABLE listener;
ALTER TABLE listener_by_import RENAME TO listener;

CREATE TABLE host_source_by_import (
  host_key INTEGER NOT NULL REFERENCES host, import_key INTEGER NOT NULL, name TEXT NOT NULL, record TEXT NOT NULL,
  at INTEGER NOT NULL, total_gap_ms REAL NOT NULL, total_lost INTEGER NOT NULL,
  PRIMARY KEY (host_key, import_key, name)
) STRICT, WITHOUT ROWID;
INSERT INTO host_source_by_import SELECT host_key, 0, name, record, at, total_gap_ms, total_lost FROM host_source;
DROP TABLE host_source;
ALTER TABLE host_source_by_import RENAME TO host_source;

-- Which report numbers a file brought: an undo makes them new again.
CREATE TABLE import_report (
  import_key INTEGER NOT NULL REFERENCES import, epoch_key INTEGER NOT NULL REFERENCES epoch, number INTEGER NOT NULL,
  PRIMARY KEY (import_key, epoch_key, number)
) STRICT, WITHOUT ROWID;
-- Of files that came before this: what their reports' epochs had applied.
WITH RECURSIVE taken (import_key, epoch_key, number, high) AS (
  SELECT import_key, epoch_key, low, high FROM epoch JOIN applied_interval USING (epoch_key) WHERE import_key > 0
  UNION ALL SELECT import_key, epoch_key, number + 1, high FROM taken WHERE number < high
) INSERT INTO import_report SELECT import_key, epoch_key, number FROM taken;
-- Facts of hosts that files spoke of; import_key 0: the agent's own, which a file replaced.
CREATE TABLE import_facts (
  host_key INTEGER NOT NULL REFERENCES host, import_key INTEGER NOT NULL, at INTEGER NOT NULL, facts TEXT NOT NULL,
  PRIMARY KEY (host_key, import_key)
) STRICT, WITHOUT ROWID;
`,
};
