import type { Migration } from "./migration.ts";

/**
 * How evidence ages, and how files are taken without holding up reports. Days up to and including meta's counted_by_month_to are told by month; their rows stand in
 * flow_month, or in flow_day until they are moved. `days` has a bit for each day of the month on which the flow was seen,
 * the first day lowest; `month` counts months since the year 0.
 */
export const ageing: Migration = {
  version: 4,
  sql: `
CREATE TABLE flow_month (
  flow_key INTEGER NOT NULL, month INTEGER NOT NULL, connections INTEGER NOT NULL, failed INTEGER NOT NULL,
  bytes_sent INTEGER, bytes_received INTEGER, first_seen INTEGER NOT NULL, last_seen INTEGER NOT NULL,
  days INTEGER NOT NULL CHECK (days BETWEEN 1 AND 0x7fffffff),
  PRIMARY KEY (flow_key, month)
) STRICT, WITHOUT ROWID;

-- Listeners with so many public clients that these are kept by network; import_key as of their flows.
CREATE TABLE folded_listener (
  host_key INTEGER NOT NULL REFERENCES host, import_key INTEGER NOT NULL, scope_key INTEGER NOT NULL REFERENCES scope,
  protocol INTEGER NOT NULL, port INTEGER NOT NULL,
  PRIMARY KEY (host_key, import_key, scope_key, protocol, port)
) STRICT, WITHOUT ROWID;
-- Which clients the range of a flow stands for: what is behind the network's prefix, so that none is counted twice.
CREATE TABLE folded_client (
  flow_key INTEGER NOT NULL, client TEXT NOT NULL, PRIMARY KEY (flow_key, client)
) STRICT, WITHOUT ROWID;

-- A file is taken in many commits: until the last, nothing of it is shown, and a start undoes what was cut short.
CREATE TABLE unfinished_import (import_key INTEGER PRIMARY KEY REFERENCES import) STRICT;
-- Hosts that only it has named so far.
CREATE TABLE unfinished_host (
  host_key INTEGER PRIMARY KEY REFERENCES host, import_key INTEGER NOT NULL REFERENCES import
) STRICT;

CREATE INDEX host_address_by_address ON host_address (address_key);
`,
};
