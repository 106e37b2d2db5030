import { DateTime } from "luxon";
import { type Blackout, isDate, readBlackouts } from "./blackouts.ts";
import { CalendarError, PlanConfigError } from "./errors.ts";
import type { CutoverWindow, PlanConfig, WindowConfig } from "./types.ts";

export type CalendarConfig = Pick<PlanConfig, "timezone" | "windows" | "blackouts" | "earliest">;

const WEEKDAYS = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
const YEARS_SEARCHED = 5;
const DAYS_SEARCHED = Math.ceil(YEARS_SEARCHED * 365.25);

interface Recurrence {
  /** 1 Monday … 7 Sunday, as luxon counts. */
  weekday: number;
  from: ClockTime;
  to: ClockTime;
  /** Whole days between the start's day and the end's. */
  daysLong: number;
}

interface ClockTime {
  hour: number;
  minute: number;
}

/**
 * The first `count` cutover windows that start at or after `from` (milliseconds since 1970 UTC) and `earliest`, sorted, in
 * UTC. Days and times of day are those of the plan's time zone, on both sides of a change of clocks. A window that touches
 * a blackout day, starts before another has ended, or falls into an hour that a change of clocks skips, is left out.
 *
 * Searches five years, O(days × windows × blackouts).
 * @throws PlanConfigError for a time zone, weekday, time or date that is none; CalendarError when the search finds too few.
 */
export function cutoverWindows(config: CalendarConfig, from: number, count: number): CutoverWindow[] {
  const zone = config.timezone;
  const now = DateTime.fromMillis(from, { zone });
  if (!now.isValid) throw new PlanConfigError("timezone", zone, "an IANA time zone such as Asia/Seoul");
  const start = laterOf(now, earliestOf(config));
  const recurrences = config.windows.map(readWindow);
  const blackouts = readBlackouts(config.blackouts);

  const found: CutoverWindow[] = [];
  const taken = new Map<string, number>();
  let busyUntil = start;
  const firstDay = start.startOf("day");
  for (let offset = 0; offset < DAYS_SEARCHED && found.length < count && recurrences.length > 0; offset++) {
    const day = firstDay.plus({ days: offset });
    const today = recurrences
      .filter((recurrence) => recurrence.weekday === day.weekday)
      .map((recurrence) => windowOn(day, recurrence))
      .sort((a, b) => a.start.toMillis() - b.start.toMillis() || a.end.toMillis() - b.end.toMillis());
    for (const window of today) {
      // Where clocks go forward, a window within the hour that is skipped has no length.
      if (window.end <= window.start) continue;
      if (window.start < busyUntil || found.length === count) continue;
      const blackout = blackoutOf(window, blackouts);
      if (blackout) taken.set(blackout.words, (taken.get(blackout.words) ?? 0) + 1);
      else {
        found.push({ start: utc(window.start), end: utc(window.end) });
        busyUntil = window.end;
      }
    }
  }
  if (found.length < count) throw new CalendarError(found.length, count, YEARS_SEARCHED, mostOf(taken));
  return found;
}

function windowOn(day: DateTime, { from, to, daysLong }: Recurrence): { start: DateTime; end: DateTime } {
  return { start: day.set(from), end: day.plus({ days: daysLong }).set(to) };
}

/** The blackout on any calendar day that the window has a moment in; an end at midnight does not touch the day it begins. */
function blackoutOf(
  { start, end }: { start: DateTime; end: DateTime },
  blackouts: readonly Blackout[],
): Blackout | undefined {
  for (let day = start.startOf("day"); day < end; day = day.plus({ days: 1 })) {
    const hit = blackouts.find((blackout) => blackout.holds(day));
    if (hit) return hit;
  }
  return undefined;
}

function readWindow({ weekday, from, to }: WindowConfig, index: number): Recurrence {
  const key = `windows[${index}]`;
  const startDay = readWeekday(`${key}.weekday`, weekday);
  const start = readTime(`${key}.from`, from);
  const [, endName, endTime = to] = /^([a-z]+)\s+(.+)$/i.exec(to.trim()) ?? [];
  const end = readTime(`${key}.to`, endTime);
  const isLater = end.hour * 60 + end.minute > start.hour * 60 + start.minute;
  const nextDay = isLater ? 0 : 1;
  if (endName === undefined) return { weekday: startDay, from: start, to: end, daysLong: nextDay };
  const days = (readWeekday(`${key}.to`, endName) - startDay + 7) % 7;
  return { weekday: startDay, from: start, to: end, daysLong: days === 0 && !isLater ? 7 : days };
}

function readWeekday(key: string, value: string): number {
  const index = WEEKDAYS.indexOf(value.toLowerCase());
  if (index < 0) throw new PlanConfigError(key, value, `one of ${WEEKDAYS.join(", ")}`);
  return index + 1;
}

function readTime(key: string, value: string): ClockTime {
  const match = /^([01]?\d|2[0-3]):([0-5]\d)$/.exec(value.trim());
  if (!match) throw new PlanConfigError(key, value, 'a time such as "20:00" or "sunday 15:00"');
  return { hour: Number(match[1]), minute: Number(match[2]) };
}

function earliestOf({ earliest, timezone }: CalendarConfig): DateTime | undefined {
  if (earliest === undefined) return undefined;
  if (!isDate(earliest)) throw new PlanConfigError("earliest", earliest, "a date such as 2026-12-01");
  return DateTime.fromISO(earliest, { zone: timezone });
}

function laterOf(a: DateTime, b: DateTime | undefined): DateTime {
  return b && b > a ? b : a;
}

function mostOf(taken: ReadonlyMap<string, number>): string {
  const [most] = [...taken].sort(([, a], [, b]) => b - a);
  return most?.[0] ?? "none, for no window is given";
}

function utc(time: DateTime): string {
  return new Date(time.toMillis()).toISOString();
}
