import type { Database } from "./database.ts";

const DAY_MS = 86_400_000;
/**
 * Epochs of an agent whose reports' contents are still known. An agent begins a new one with each start, and resends at
 * most what its spool kept; of an older epoch a repeat still counts once, without a look at its content.
 */
const EPOCHS_WITH_CONTENT = 8;
/** A clone that was not heard of for so long is no longer one. */
const CONFLICT_DAYS = 62;
const AGENTS_A_STEP = 100;

/** Drops what is only good for a while. Which reports were applied, and who changed what, is kept for ever. */
export function forgetOld(db: Database) {
  const agents = db
    .prepare<[number, number], number>("SELECT agent_key FROM agent WHERE agent_key > ? ORDER BY agent_key LIMIT ?")
    .pluck();
  const dropContents = db.prepare<[number, number]>(
    `DELETE FROM recent_report WHERE epoch_key IN (
       SELECT epoch_key FROM epoch WHERE agent_key = ? ORDER BY epoch_key DESC LIMIT -1 OFFSET ?)`,
  );
  const dropConflicts = db.prepare<[number, number]>(
    "DELETE FROM report_conflict WHERE epoch_key IN (SELECT epoch_key FROM epoch WHERE agent_key = ?) AND at < ?",
  );

  /** One step for each turn, inside the caller's transaction; true where what is read has changed. */
  return function* forgetSteps(at: number): Generator<boolean, void> {
    let last = 0;
    for (;;) {
      const some = agents.all(last, AGENTS_A_STEP);
      if (some.length === 0) return;
      let dropped = 0;
      for (const agentKey of some) {
        dropContents.run(agentKey, EPOCHS_WITH_CONTENT);
        dropped += dropConflicts.run(agentKey, at - CONFLICT_DAYS * DAY_MS).changes;
      }
      last = some.at(-1) ?? last;
      yield dropped > 0;
    }
  };
}
