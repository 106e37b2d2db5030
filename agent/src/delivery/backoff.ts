/** Longest wait between two attempts to reach the collector. */
const LONGEST_MS = 300_000;
const LONGEST_ASKED_MS = 3_600_000;

/**
 * How long to wait after the n-th failure in a row (n from 1): exponential from one second to five minutes, with full
 * jitter in its upper half, so that an estate's agents do not come back all at once.
 */
export function backoffMs(failures: number, random: () => number = Math.random): number {
  const ceiling = Math.min(LONGEST_MS, 1000 * 2 ** Math.min(failures, 20));
  return Math.round(ceiling * (0.5 + random() / 2));
}

/**
 * How long to wait when the collector said how long: never less, and up to twice as long, so that thousands of agents
 * that were told the same do not come back in one second.
 */
export function spreadMs(askedMs: number, random: () => number = Math.random): number {
  return Math.round(askedMs * (1 + random()));
}

/** Milliseconds that a Retry-After header asks for (seconds or an HTTP date, RFC 9110 10.2.3); at most an hour: a proxy's slip must
 * not silence an agent for long. */
export function retryAfterMs(header: string | undefined, now: number): number | undefined {
  if (header === undefined) return undefined;
  const ms = /^\d+$/.test(header) ? Number(header) * 1000 : Date.parse(header) - now;
  return Number.isFinite(ms) ? Math.min(Math.max(ms, 0), LONGEST_ASKED_MS) : undefined;
}
