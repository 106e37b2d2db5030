import type { Migration } from "./migration.ts";

/**
 * What a file says that names addresses on a host: a row for each holder and file, `items` as JSON, whole. They stand apart
 * from what agents tell, whose lists would end them.
 */
export const importedAddresses: Migration = {
  version: 7,
  sql: `
CREATE TABLE imported_address_list (
  host_key INTEGER NOT NULL REFERENCES host, import_key INTEGER NOT NULL REFERENCES import, holder TEXT NOT NULL,
  at INTEGER NOT NULL, items TEXT NOT NULL,
  PRIMARY KEY (host_key, import_key, holder)
) STRICT, WITHOUT ROWID;
-- An undo asks by file.
CREATE INDEX imported_address_list_by_import ON imported_address_list (import_key);
`,
};
