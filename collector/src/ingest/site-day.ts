/**
 * Within a quarter of an hour of UTC the calendar day is the same everywhere: the offsets of today's time zones are
 * multiples of 15 minutes, and so are the moments at which they change.
 */
const QUARTER_MS = 15 * 60_000;
/** About 100 days of quarters. */
const CACHE_LIMIT = 10_000;

interface ZoneDays {
  format: Intl.DateTimeFormat;
  days: Map<number, string>;
}

const zones = new Map<string, ZoneDays>();

/** True for an IANA name that this Node knows, such as Asia/Seoul. */
export function isTimeZone(name: string): boolean {
  try {
    daysOf(name);
    return true;
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}

/**
 * The calendar day, YYYY-MM-DD, on which a moment (milliseconds since 1970 UTC) falls in a time zone.
 * @throws RangeError for a time zone that Node doesn't know
 */
export function siteDay(ms: number, timeZone: string): string {
  const { format, days } = daysOf(timeZone);
  const quarter = Math.floor(ms / QUARTER_MS);
  const known = days.get(quarter);
  if (known !== undefined) return known;
  const day = format.format(quarter * QUARTER_MS);
  if (days.size >= CACHE_LIMIT) days.clear();
  days.set(quarter, day);
  return day;
}

function daysOf(timeZone: string): ZoneDays {
  const known = zones.get(timeZone);
  if (known) return known;
  // en-CA writes dates as ISO 8601 does.
  const format = new Intl.DateTimeFormat("en-CA", { timeZone, year: "numeric", month: "2-digit", day: "2-digit" });
  const made = { format, days: new Map<number, string>() };
  zones.set(timeZone, made);
  return made;
}
