import { UsageError } from "../errors.ts";

const UNITS = new Map([
  ["s", 1000],
  ["m", 60_000],
  ["h", 3_600_000],
  ["d", 86_400_000],
]);

/** Timers count in 32 bits; a capture longer than this is ended by hand. */
const LONGEST_MS = 2 ** 31 - 1;

/**
 * Milliseconds of a duration such as 90s, 15m, 24h or 7d.
 *
 * @throws UsageError for anything else, and for more than 24 days.
 */
export function parseDuration(text: string): number {
  const [, count, unit] = /^(\d+)([smhd])$/.exec(text) ?? [];
  const ms = Number(count) * (UNITS.get(unit ?? "") ?? Number.NaN);
  if (ms > 0 && ms <= LONGEST_MS) return ms;
  throw new UsageError(
    `--for: got ${JSON.stringify(text)}, expected a duration such as 90s, 15m, 24h or 7d (at most 24d)`,
  );
}
