import type { Database } from "./database.ts";

/**
 * How many numbers behind the latest keep their content's hash. An agent resends what was not answered, which is
 * recent; of older numbers a repeat counts as a duplicate without a look at its content.
 */
const RECENT_NUMBERS = 256;

export type Verdict = "new" | "duplicate" | "conflict";

interface Interval {
  low: number;
  high: number;
}

/** Which report numbers of each (agent, epoch) were applied, as intervals: usually one row per epoch. */
export function appliedReports(db: Database) {
  const findEpoch = db
    .prepare<[number, string], number>("SELECT epoch_key FROM epoch WHERE agent_key = ? AND epoch = ?")
    .pluck();
  const addEpoch = db.prepare<[number, string, number]>(
    "INSERT INTO epoch (agent_key, epoch, import_key) VALUES (?, ?, ?)",
  );
  const below = db.prepare<[number, number], Interval>(
    "SELECT low, high FROM applied_interval WHERE epoch_key = ? AND low <= ? ORDER BY low DESC LIMIT 1",
  );
  const startingAt = db.prepare<[number, number], Interval>(
    "SELECT low, high FROM applied_interval WHERE epoch_key = ? AND low = ?",
  );
  const put = db.prepare<[number, number, number]>(
    "INSERT INTO applied_interval VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET high = excluded.high",
  );
  const drop = db.prepare<[number, number]>("DELETE FROM applied_interval WHERE epoch_key = ? AND low = ?");
  const hashOf = db
    .prepare<[number, number], string>("SELECT content_hash FROM recent_report WHERE epoch_key = ? AND number = ?")
    .pluck();
  const keepHash = db.prepare<[number, number, string]>("INSERT INTO recent_report VALUES (?, ?, ?)");
  const dropHashes = db.prepare<[number, number]>("DELETE FROM recent_report WHERE epoch_key = ? AND number <= ?");
  const addConflict = db.prepare<[number, number, string, number]>(
    "INSERT OR IGNORE INTO report_conflict VALUES (?, ?, ?, ?)",
  );
  const intervals = db.prepare<[number], Interval>("SELECT low, high FROM applied_interval WHERE epoch_key = ?");
  const dropHash = db.prepare<[number, number]>("DELETE FROM recent_report WHERE epoch_key = ? AND number = ?");
  const dropConflicts = db.prepare<[number, number]>("DELETE FROM report_conflict WHERE epoch_key = ? AND number = ?");
  const emptyEpochs = db
    .prepare<[], number>(
      `SELECT epoch_key FROM epoch WHERE import_key > 0
         AND NOT EXISTS (SELECT 1 FROM applied_interval a WHERE a.epoch_key = epoch.epoch_key)`,
    )
    .pluck();
  const dropEpoch = db.prepare<[number]>("DELETE FROM epoch WHERE epoch_key = ?");
  return {
    /** The numbers count as never applied. */
    giveBack(epochKey: number, numbers: readonly number[]): void {
      for (const number of numbers) {
        const within = intervals.all(epochKey).find(({ low, high }) => low <= number && number <= high);
        if (!within) continue;
        drop.run(epochKey, within.low);
        if (within.low < number) put.run(epochKey, within.low, number - 1);
        if (number < within.high) put.run(epochKey, number + 1, within.high);
        dropHash.run(epochKey, number);
        dropConflicts.run(epochKey, number);
      }
    },
    /** Of files, once nothing of them is applied any more. */
    emptyEpochs: () => emptyEpochs.all(),
    dropEpoch: (epochKey: number) => void dropEpoch.run(epochKey),

    epochKey: (agentKey: number, epoch: string, importKey: number) =>
      findEpoch.get(agentKey, epoch) ?? Number(addEpoch.run(agentKey, epoch, importKey).lastInsertRowid),

    /** Marks the number as applied unless it was before; a conflict is noted apart. */
    take(epochKey: number, number: number, contentHash: string, at: number): Verdict {
      const before = below.get(epochKey, number);
      if (before && before.high >= number) {
        const known = hashOf.get(epochKey, number);
        if (known === undefined || known === contentHash) return "duplicate";
        addConflict.run(epochKey, number, contentHash, at);
        return "conflict";
      }
      const after = startingAt.get(epochKey, number + 1);
      if (after) drop.run(epochKey, after.low);
      const low = before?.high === number - 1 ? before.low : number;
      put.run(epochKey, low, after?.high ?? number);
      keepHash.run(epochKey, number, contentHash);
      dropHashes.run(epochKey, number - RECENT_NUMBERS);
      return "new";
    },
  };
}

export type AppliedReports = ReturnType<typeof appliedReports>;
