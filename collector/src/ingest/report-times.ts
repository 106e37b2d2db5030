import type { SeenAt } from "./accept-flow.ts";

/** A whole second of the Date header, and the way to here, explain this much skew. */
const EXPLAINED_MS = 5000;
/** No agent is older: a clock that stands before that was never set. */
const EARLIEST = Date.UTC(2025, 0, 1);

interface Clocks {
  /** Milliseconds since 1970 UTC, by the collector's clock. */
  receivedAt: number;
  /** The sender's clock when it sent this attempt; absent where nobody says, as for a file. */
  sentAt?: number;
}

/**
 * Puts a report's times (milliseconds since 1970 UTC, by the agent's clock) into the collector's: shifted by the skew
 * where that is more than the way explains. What makes no sense even then, because the clock was not set when it was
 * seen (1970, the future), ends when it was received; what was seen before the clock was set within the window is put
 * to the window's end, which is the newer clock's. Nothing is refused for its times.
 */
export function reportTimes(sent: { from: number; to: number }, { receivedAt, sentAt }: Clocks) {
  const skew = sentAt === undefined ? 0 : sentAt - receivedAt;
  const shift = Math.abs(skew) > EXPLAINED_MS ? -skew : 0;
  const isPlausible = sent.to + shift >= EARLIEST && sent.to + shift <= receivedAt + EXPLAINED_MS;
  const delta = isPlausible ? shift : receivedAt - sent.to;
  const to = sent.to + delta;
  const isWindow = sent.from <= sent.to && sent.from + delta >= EARLIEST;
  const from = isWindow ? sent.from + delta : to;
  let isMisplaced = !isPlausible || !isWindow;
  const place = (ms: number) => (ms < EARLIEST ? from : Math.min(ms, to));
  return {
    /** By the collector's clock. */
    window: { from, to },
    /** The same of a flow. */
    seenAt({ firstSeen, lastSeen }: SeenAt): SeenAt {
      const [first, last] = [firstSeen + delta, lastSeen + delta];
      if (first > last || first < EARLIEST || last > to + EXPLAINED_MS) isMisplaced = true;
      return { firstSeen: Math.min(place(first), place(last)), lastSeen: place(last) };
    },
    /** What had to be done to those that were asked for; undefined where the times are as sent. */
    clock: () => (isMisplaced ? ("misplaced" as const) : shift === 0 ? undefined : ("corrected" as const)),
  };
}
