import { addKnown, type FlowCounts } from "./flow-counts.ts";
import { bitsWithin, daysOf, monthOf, dayBit } from "./months.ts";

const DAY_MS = 86_400_000;

/** What one flow's days of one month come to: the counts of all of them together, and which days they were. */
export interface MonthCounts extends FlowCounts {
  month: number;
  /** As dayBit counts; never 0. */
  bits: number;
}

/** A month as a period sees it. */
export interface MonthPart extends Omit<MonthCounts, "bits"> {
  /** Those within the period, in order; at least one. */
  days: number[];
  /** False where the period holds some of the month's days and not others: the counts can't be split and are left out. */
  isWhole: boolean;
}

/** Adds to the month's counts in the list, or puts them there. */
export function addMonth(list: MonthCounts[], counts: MonthCounts): void {
  const known = list.find(({ month }) => month === counts.month);
  if (!known) {
    list.push(counts);
    return;
  }
  known.connections += counts.connections;
  known.failed += counts.failed;
  known.bytesSent = addKnown(known.bytesSent, counts.bytesSent);
  known.bytesReceived = addKnown(known.bytesReceived, counts.bytesReceived);
  known.firstSeen = Math.min(known.firstSeen, counts.firstSeen);
  known.lastSeen = Math.max(known.lastSeen, counts.lastSeen);
  known.bits |= counts.bits;
}

/** A day as all that is known of its month. */
export function monthOfDay(day: number, counts: FlowCounts): MonthCounts {
  const { connections, failed, bytesSent, bytesReceived, firstSeen, lastSeen } = counts;
  return { month: monthOf(day), connections, failed, bytesSent, bytesReceived, firstSeen, lastSeen, bits: dayBit(day) };
}

/** Noon in UTC is the same calendar day nearly everywhere: all that is known is the day. */
function noonOf(day: number): number {
  return day * DAY_MS + DAY_MS / 2;
}

/**
 * What a period of days (both included) holds of a month. Where it holds only some of the month's days, these are told
 * exactly, and the counts are those that are sure to lie within: none.
 */
export function partWithin(counts: MonthCounts, from: number, to: number): MonthPart | undefined {
  const { bits, ...month } = counts;
  const inside = bits & bitsWithin(month.month, from, to);
  const days = daysOf(month.month, inside);
  const [first, last] = [days[0], days.at(-1)];
  if (first === undefined || last === undefined) return undefined;
  if (inside === bits) return { ...month, days, isWhole: true };
  const all = daysOf(month.month, bits);
  const firstSeen = first === all[0] ? month.firstSeen : Math.min(noonOf(first), month.lastSeen);
  const lastSeen = last === all.at(-1) ? month.lastSeen : Math.max(noonOf(last), firstSeen);
  const unknown = { connections: 0, failed: 0, bytesSent: null, bytesReceived: null };
  return { ...month, ...unknown, firstSeen, lastSeen, days, isWhole: false };
}

/** True when some of the month's connections may have been before the period, or in it without being counted there. */
export function mayHaveConnected({ month, connections, bits }: MonthCounts, from: number, to: number): boolean {
  const isBefore = (bits & bitsWithin(month, Number.NEGATIVE_INFINITY, from - 1)) !== 0;
  const isSplit = (bits & bitsWithin(month, from, to)) !== bits;
  return connections > 0 && isSplit && (isBefore || (bits & bitsWithin(month, from, to)) !== 0);
}
