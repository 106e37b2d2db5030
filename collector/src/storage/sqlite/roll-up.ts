import type { Database } from "./database.ts";
import { ADD_COUNTS, type FlowCounts } from "./flow-counts.ts";
import { addMonth, monthOfDay, type MonthCounts } from "./month-counts.ts";
import { lastOldDay } from "./old-day.ts";

/** Days that a step moves: what waits for it waits some 10 ms. */
const DAYS_A_STEP = 250;
/** Flows that a step looks at where few have days to move. */
const FLOWS_A_STEP = 5000;

interface Row extends FlowCounts {
  flowKey: number;
  day: number;
}

/** A flow's oldest days stand first: each flow is one look, however many days it has. */
const OLD_DAYS = `
  WITH RECURSIVE key (n) AS (SELECT ? UNION ALL SELECT n + 1 FROM key WHERE n < ?)
  SELECT d.flow_key AS flowKey, d.day, d.connections, d.failed, d.bytes_sent AS bytesSent,
    d.bytes_received AS bytesReceived, d.first_seen AS firstSeen, d.last_seen AS lastSeen
  FROM key CROSS JOIN flow_day d ON d.flow_key = key.n AND d.day <= ? LIMIT ?`;

/** Moves days into months, in steps that each leave every flow as it reads. */
export function rollUp(db: Database) {
  const oldDay = lastOldDay(db);
  const countedTo = db.prepare<[], number>("SELECT value FROM meta WHERE name = 'counted_by_month_to'").pluck();
  const setCountedTo = db.prepare<[number]>("INSERT OR REPLACE INTO meta VALUES ('counted_by_month_to', ?)");
  const lastFlow = db.prepare<[], number | null>("SELECT max(flow_key) FROM flow_day").pluck();
  const oldDays = db.prepare<[number, number, number, number], Row>(OLD_DAYS);
  const addToMonth = db.prepare<[number, number, number, number, number | null, number | null, number, number, number]>(
    `INSERT INTO flow_month VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT DO UPDATE SET ${ADD_COUNTS},
       days = days | excluded.days`,
  );
  const dropDays = db.prepare<[number, number]>("DELETE FROM flow_day WHERE flow_key = ? AND day <= ?");
  let moved = Number.NEGATIVE_INFINITY;

  /** Rows of one flow, the oldest first. */
  function move(flowKey: number, rows: readonly Row[]): void {
    const months: MonthCounts[] = [];
    for (const row of rows) addMonth(months, monthOfDay(row.day, row));
    for (const { month, connections, failed, bytesSent, bytesReceived, firstSeen, lastSeen, bits } of months) {
      addToMonth.run(flowKey, month, connections, failed, bytesSent, bytesReceived, firstSeen, lastSeen, bits);
    }
    dropDays.run(flowKey, rows.at(-1)?.day ?? 0);
  }

  /**
   * One step for each turn, inside the caller's transaction; true where what is read has changed.
   * @param at time of the clock; milliseconds since 1970 UTC
   */
  return function* rollUpSteps(at: number): Generator<boolean, void> {
    const old = oldDay(at);
    if (old === undefined) return;
    const known = countedTo.get() ?? Number.NEGATIVE_INFINITY;
    const to = Math.max(known, old);
    if (to === moved) return;
    if (to > known) {
      setCountedTo.run(to);
      yield true;
    }
    for (let next = 1; next <= (lastFlow.get() ?? 0);) {
      const end = next + FLOWS_A_STEP - 1;
      const rows = oldDays.all(next, end, to, DAYS_A_STEP);
      const byFlow = Map.groupBy(rows, (row) => row.flowKey);
      for (const [flowKey, of] of byFlow) move(flowKey, of);
      next = rows.length < DAYS_A_STEP ? end + 1 : (rows.at(-1)?.flowKey ?? end);
      yield false;
    }
    moved = to;
  };
}
