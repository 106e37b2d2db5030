import type { Observation } from "../sampling/sampler.ts";
import type { Sighting } from "./fold.ts";

/** Connections that were counted and are over, for as long as something may still speak of them. */
export interface ClosedTuples {
  /** Before each snapshot. @param wasWhole false where the one before left rows out: then nothing is forgotten */
  nextRound(wasWhole: boolean): void;
  /** An event told of the end. */
  add(key: string, sighting: Sighting): void;
  /** A snapshot no longer showed it. */
  vanished(key: string, sighting: Sighting): void;
  /** The tuple belongs to a new connection. */
  reopened(key: string): void;
  /**
   * True for a row of a connection that ended while the tables were read, and for what it left: TIME_WAIT, and UDP's
   * tracking. Where the snapshot before did not show that any more it is another connection's: a reading misses no row
   * that stands throughout (none of 3 million while 600 connections a second came and went).
   */
  explains(key: string, row: Observation): boolean;
  /** The connection that word of an end speaks of, if it was counted before; given once. */
  counted(key: string, tellsOpenings: boolean): Sighting | undefined;
}

/**
 * Kept for two snapshots: word of an end may come after the snapshot that no longer showed the connection, and
 * TIME_WAIT begins after the end. What is shown of it renews it.
 *
 * @param most of each snapshot, so that the memory is bounded
 */
export function createClosedTuples(most: number): ClosedTuples {
  let closed = new Map<string, Sighting>();
  let closedBefore = new Map<string, Sighting>();
  let gone = new Map<string, Sighting>();
  let goneBefore = new Map<string, Sighting>();
  return {
    nextRound(wasWhole) {
      closedBefore = wasWhole ? closed : new Map([...closedBefore, ...closed]);
      closed = new Map();
      goneBefore = wasWhole ? gone : new Map([...goneBefore, ...gone]);
      gone = new Map();
    },
    add(key, sighting) {
      if (closed.size < most) closed.set(key, sighting);
    },
    vanished(key, sighting) {
      if (gone.size < most) gone.set(key, sighting);
    },
    reopened(key) {
      closed.delete(key);
      closedBefore.delete(key);
      goneBefore.delete(key);
    },
    explains(key, row) {
      // Read before the end that was told meanwhile.
      if (closed.has(key)) return true;
      const sighting = outlivesItsConnection(row) ? closedBefore.get(key) : undefined;
      if (sighting !== undefined) closed.set(key, sighting);
      return sighting !== undefined;
    },
    counted(key, tellsOpenings) {
      const late = goneBefore.get(key);
      if (late !== undefined) {
        goneBefore.delete(key);
        closed.set(key, late);
        return late;
      }
      // Each connection ends once: where nobody tells of beginnings, another end is another connection's.
      return tellsOpenings ? (closed.get(key) ?? closedBefore.get(key)) : undefined;
    },
  };
}

function outlivesItsConnection({ state, inode }: Observation): boolean {
  return state === "time-wait" || (state === "connected" && inode === 0);
}
