const DAY_MS = 86_400_000;
/** Whole months that a date can say, in days on either side of 1970. */
const MOST_DAYS = 9e7;
/** Days that the longest month has; as many bits are used. */
const LONGEST = 31;

/** Months are counted since the year 0, days since 1970-01-01. Days before or after all dates count as its first or last. */
export function monthOf(day: number): number {
  const date = new Date(Math.min(Math.max(day, -MOST_DAYS), MOST_DAYS) * DAY_MS);
  return date.getUTCFullYear() * 12 + date.getUTCMonth();
}

/** The first day of a month. */
export function firstDayOf(month: number): number {
  const year = Math.floor(month / 12);
  return Date.UTC(year, month - year * 12, 1) / DAY_MS;
}

/** The day as a bit of its month: the first is the lowest. */
export function dayBit(day: number): number {
  return 1 << (day - firstDayOf(monthOf(day)));
}

/** Bits of the month's days that lie within from..to, both included. */
export function bitsWithin(month: number, from: number, to: number): number {
  const first = firstDayOf(month);
  const low = Math.max(0, from - first);
  const high = Math.min(LONGEST - 1, to - first);
  return low > high ? 0 : (2 ** (high + 1) - 2 ** low) | 0;
}

/** The days of a month's bits, in order. */
export function daysOf(month: number, bits: number): number[] {
  const first = firstDayOf(month);
  const days: number[] = [];
  for (let at = 0; at < LONGEST; at += 1) if ((bits & (1 << at)) !== 0) days.push(first + at);
  return days;
}
