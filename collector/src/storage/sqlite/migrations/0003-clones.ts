import type { Migration } from "./migration.ts";

/**
 * What telling clones of one machine apart needs: each epoch belongs to one of an agent's machines, which is a host;
 * each host knows the epoch that last spoke for it and those whose facts it shows. Agents know how many of their
 * reports had times that were not right. Contents are compared without their number from now on, so what is kept of
 * earlier ones can't be compared with.
 */
export const clones: Migration = {
  version: 3,
  sql: `
DELETE FROM recent_report;
ALTER TABLE recent_report ADD COLUMN window_to INTEGER NOT NULL DEFAULT 0;

-- host_key NULL: the agent's own host. began: start of the first window.
ALTER TABLE epoch ADD COLUMN host_key INTEGER REFERENCES host;
ALTER TABLE epoch ADD COLUMN began INTEGER NOT NULL DEFAULT 0;

ALTER TABLE host ADD COLUMN clone_of INTEGER REFERENCES host;
CREATE INDEX host_clone ON host (clone_of) WHERE clone_of IS NOT NULL;
ALTER TABLE host ADD COLUMN speaking_epoch_key INTEGER;
ALTER TABLE host ADD COLUMN facts_epoch_key INTEGER;
ALTER TABLE host ADD COLUMN listeners_epoch_key INTEGER;

ALTER TABLE agent ADD COLUMN corrected_reports INTEGER NOT NULL DEFAULT 0;
ALTER TABLE agent ADD COLUMN misplaced_reports INTEGER NOT NULL DEFAULT 0;
`,
};
