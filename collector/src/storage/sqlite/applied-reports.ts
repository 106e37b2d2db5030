import type { AcceptedReport } from "../accepted-report.ts";
import type { Database } from "./database.ts";

/**
 * How many numbers behind the latest keep their content's hash. An agent resends what was not answered, which is
 * recent; of older numbers a repeat counts as a duplicate without a look at its content.
 */
const RECENT_NUMBERS = 256;

/** `conflict`: the number was applied with another content; `known-conflict`: and this content came before too. */
type Verdict = "new" | "duplicate" | "conflict" | "known-conflict";

/** One start of an agent, as its reports name it. */
export interface Epoch {
  epochKey: number;
  /** The machine that it was found to run on; null for the agent's own host. */
  hostKey: number | null;
  /** When its first window began that nobody had told of; NOT_BEGUN before that. Milliseconds since 1970 UTC. */
  began: number;
}

/** Later than any time. */
export const NOT_BEGUN = Number.MAX_SAFE_INTEGER;

/** A report as its number is judged. */
type Numbered = Pick<AcceptedReport, "number" | "contentHash" | "receivedAt" | "window" | "clock">;

/** Starts of an agent back to which a report is looked for that comes again under another number. */
const EARLIER_EPOCHS = 64;

interface Interval {
  low: number;
  high: number;
}

/** Which report numbers of each (agent, epoch) were applied, as intervals: usually one row per epoch. */
export function appliedReports(db: Database) {
  const findEpoch = db.prepare<[number, string], Epoch>(
    "SELECT epoch_key AS epochKey, host_key AS hostKey, began FROM epoch WHERE agent_key = ? AND epoch = ?",
  );
  const addEpoch = db.prepare<[number, string, number, number]>(
    "INSERT INTO epoch (agent_key, epoch, import_key, began) VALUES (?, ?, ?, ?)",
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
  const keepHash = db.prepare<[number, number, string, number]>("INSERT INTO recent_report VALUES (?, ?, ?, ?)");
  const nextKept = db
    .prepare<[number, number], number>(
      "SELECT window_to FROM recent_report WHERE epoch_key = ? AND number > ? ORDER BY number LIMIT 1",
    )
    .pluck();
  const elsewhere = db
    .prepare<{ agentKey: number; epochKey: number; contentHash: string }, number>(
      `SELECT 1 FROM (
         SELECT epoch_key FROM epoch JOIN agent USING (agent_key) JOIN agent asking ON asking.agent_key = @agentKey
         WHERE agent.kind = 'enrolled' AND epoch_key <> @epochKey
           AND (agent.host_key = asking.host_key OR agent.machine_id = asking.machine_id)
         ORDER BY epoch_key DESC LIMIT ${EARLIER_EPOCHS}
       ) JOIN recent_report USING (epoch_key) WHERE content_hash = @contentHash LIMIT 1`,
    )
    .pluck();
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

    /** Undefined before its first report. */
    epoch: (agentKey: number, epoch: string) => findEpoch.get(agentKey, epoch),
    addEpoch(agentKey: number, epoch: string, importKey: number): Epoch {
      const epochKey = Number(addEpoch.run(agentKey, epoch, importKey, NOT_BEGUN).lastInsertRowid);
      return { epochKey, hostKey: null, began: NOT_BEGUN };
    },

    /** Marks the number as applied unless it was before; a conflict is noted apart. */
    take(epochKey: number, { number, contentHash, receivedAt, window, clock }: Numbered): Verdict {
      const before = below.get(epochKey, number);
      if (before && before.high >= number) {
        const known = hashOf.get(epochKey, number);
        if (known === contentHash) return "duplicate";
        // Of an older number only the time is left to judge by: a repeat tells of a time before later numbers.
        const isRepeat = clock === "misplaced" || window.to <= (nextKept.get(epochKey, number) ?? Infinity);
        if (known === undefined && isRepeat) return "duplicate";
        const isNew = addConflict.run(epochKey, number, contentHash, receivedAt).changes > 0;
        return isNew ? "conflict" : "known-conflict";
      }
      const after = startingAt.get(epochKey, number + 1);
      if (after) drop.run(epochKey, after.low);
      const low = before?.high === number - 1 ? before.low : number;
      put.run(epochKey, low, after?.high ?? number);
      keepHash.run(epochKey, number, contentHash, window.to);
      dropHashes.run(epochKey, number - RECENT_NUMBERS);
      return "new";
    },
    /**
     * Whether the same machine sent the same content under another number: its state was put back to a time before it
     * had numbered what it had already sent, or it enrolled anew with a report that nobody had answered.
     */
    cameUnderAnotherNumber: (agentKey: number, epochKey: number, contentHash: string) =>
      elsewhere.get({ agentKey, epochKey, contentHash }) === 1,
  };
}

export type AppliedReports = ReturnType<typeof appliedReports>;
