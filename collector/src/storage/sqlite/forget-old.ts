import type { Database } from "./database.ts";
import { lastOldDay } from "./old-day.ts";

const DAY_MS = 86_400_000;
const AGENTS_A_STEP = 100;

/**
 * Drops what is only good for a while, longer than a full spool holds what was not answered: which content came under
 * which number, and that a clone sent another. Of a number whose content is gone any repeat counts as one, so that
 * nothing counts twice. Which numbers were applied, and who changed what, is kept for ever.
 */
export function forgetOld(db: Database) {
  const oldDay = lastOldDay(db);
  const agents = db
    .prepare<[number, number], number>("SELECT agent_key FROM agent WHERE agent_key > ? ORDER BY agent_key LIMIT ?")
    .pluck();
  const dropContents = db.prepare<[number, number]>(
    "DELETE FROM recent_report WHERE epoch_key IN (SELECT epoch_key FROM epoch WHERE agent_key = ?) AND window_to < ?",
  );
  // While the first content is known, so is each other: else the clone's report would be new again.
  const dropConflicts = db.prepare<[number, number]>(
    `DELETE FROM report_conflict WHERE epoch_key IN (SELECT epoch_key FROM epoch WHERE agent_key = ?) AND at < ?
       AND NOT EXISTS (SELECT 1 FROM recent_report r
         WHERE r.epoch_key = report_conflict.epoch_key AND r.number = report_conflict.number)`,
  );

  /** One step for each turn, inside the caller's transaction; true where what is read has changed. */
  return function* forgetSteps(at: number): Generator<boolean, void> {
    const old = oldDay(at);
    if (old === undefined) return;
    const before = (old + 1) * DAY_MS;
    let last = 0;
    for (;;) {
      const some = agents.all(last, AGENTS_A_STEP);
      if (some.length === 0) return;
      let dropped = 0;
      for (const agentKey of some) {
        dropContents.run(agentKey, before);
        dropped += dropConflicts.run(agentKey, before).changes;
      }
      last = some.at(-1) ?? last;
      yield dropped > 0;
    }
  };
}
