import type { Database } from "./database.ts";

const DAY_MS = 86_400_000;
/** Two months whole, whatever their length: what a request for "last month" needs by day is there all of this month. */
const DAYS_IN_FULL = 62;

/**
 * The latest day (a day number) that is too old at a time of the clock, in milliseconds since 1970 UTC; undefined before
 * the first report. A clock that ran ahead for a while must not take the days of years to come: nothing is older than
 * the latest report says.
 */
export function lastOldDay(db: Database): (at: number) => number | undefined {
  const latestReport = db.prepare<[], number | null>("SELECT max(last_report_at) FROM agent").pluck();
  return (at) => {
    const latest = latestReport.get() ?? null;
    return latest === null ? undefined : Math.floor(Math.min(at, latest) / DAY_MS) - DAYS_IN_FULL - 1;
  };
}
