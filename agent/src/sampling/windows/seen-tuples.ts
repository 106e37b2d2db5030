import type { ConnectionEvent, Observation } from "../sampler.ts";
import { tupleKey } from "../tuple.ts";

/** A log is written late: a connection that the tables showed is remembered for this long. */
const REMEMBERED_MS = 300_000;
/** A log tells whole seconds. */
const CLOCK_MS = 1000;
/** At most this many are remembered, so that the memory is bounded. */
const MOST = 200_000;

interface Seen {
  /** The look before the first that showed it: it began after that. */
  notBefore: number;
  firstSeen: number;
  lastSeen: number;
}

/**
 * Connections that the tables showed, to tell from a log's late word of a beginning whether it is one of them. What
 * both tell would else count twice: the table's row is gone when the word comes.
 */
export interface SeenTuples {
  note(rows: readonly Observation[], at: number): void;
  covers(event: ConnectionEvent): boolean;
}

export function createSeenTuples(): SeenTuples {
  const seen = new Map<string, Seen>();
  let previous = Number.NEGATIVE_INFINITY;
  return {
    note(rows, at) {
      for (const row of rows) {
        if (row.remotePort === 0) continue;
        const key = tupleKey(row);
        const known = seen.get(key);
        if (known !== undefined && known.lastSeen === previous) known.lastSeen = at;
        else if (known !== undefined || seen.size < MOST)
          seen.set(key, { notBefore: previous, firstSeen: at, lastSeen: at });
      }
      for (const [key, { lastSeen }] of seen) if (Math.abs(at - lastSeen) > REMEMBERED_MS) seen.delete(key);
      previous = at;
    },
    covers({ at, localAddress = "", remotePort = 0, ...ends }) {
      const known = seen.get(tupleKey({ ...ends, localAddress, remotePort }));
      return known !== undefined && at >= known.notBefore - CLOCK_MS && at <= known.firstSeen + CLOCK_MS;
    },
  };
}
