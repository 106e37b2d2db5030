import type { HostFacts } from "@portolan/protocol";
import type { Database } from "./database.ts";
import { NO_IMPORT } from "./imports.ts";

/** What the reports of a file replaced or used up, so that an undo can give it back. */
export function importedReports(db: Database) {
  const addNumber = db.prepare<[number, number, number]>("INSERT OR IGNORE INTO import_report VALUES (?, ?, ?)");
  const keepOwn = db.prepare<{ hostKey: number; own: number }>(
    `INSERT INTO import_facts SELECT host_key, @own, facts_at, facts FROM host
     WHERE host_key = @hostKey AND facts IS NOT NULL AND NOT EXISTS
       (SELECT 1 FROM import_facts f WHERE f.host_key = host.host_key AND f.at = host.facts_at)
     ON CONFLICT DO UPDATE SET at = excluded.at, facts = excluded.facts`,
  );
  const addFacts = db.prepare<[number, number, number, string]>(
    `INSERT INTO import_facts VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET
       facts = iif(excluded.at >= at, excluded.facts, facts), at = max(at, excluded.at)`,
  );
  return {
    noteNumber: (importKey: number, epochKey: number, number: number) =>
      void addNumber.run(importKey, epochKey, number),
    /** Before a file's facts are saved. */
    noteFacts(importKey: number, hostKey: number, facts: HostFacts, at: number): void {
      keepOwn.run({ hostKey, own: NO_IMPORT });
      addFacts.run(hostKey, importKey, at, JSON.stringify(facts));
    },
  };
}

export type ImportedReports = ReturnType<typeof importedReports>;
