import type { Process } from "@portolan/protocol";
import type { Observation } from "../sampling/sampler.ts";
import type { Direction } from "./direction.ts";
import type { Sighting } from "./fold.ts";
import { isClosing, isHalfOpen } from "./row-state.ts";
import { tupleOf } from "../sampling/tuple.ts";

/** One connection that stands, from the first that showed it, a snapshot or an event, to the last. */
export interface Standing {
  row: Observation;
  direction: Direction;
  /** The last inode that was not 0. */
  inode: number;
  process: Process | undefined;
  /** A half-open connection is not counted before it is seen open. */
  counted: boolean;
  /** The agent's run before may have counted it. */
  countedBefore: boolean;
  /** An event told of its beginning. */
  opened: boolean;
  /** True when it began in the window of now. */
  isNew: boolean;
  /** In the window of now, or UNSEEN; milliseconds since 1970. */
  firstSeen: number;
  lastSeen: number;
  /** Number of the snapshot that showed it last. */
  seenIn: number;
  /** Number of the snapshot whose tables showed it last. */
  rowIn: number;
  sources: string[];
}

const UNSEEN = -1;

export function beginStanding(row: Observation, direction: Direction, at: number): Standing {
  return {
    row,
    direction,
    inode: row.inode,
    process: undefined,
    counted: false,
    countedBefore: false,
    opened: false,
    isNew: false,
    firstSeen: at,
    lastSeen: at,
    seenIn: 0,
    rowIn: 0,
    sources: [],
  };
}

/**
 * A connection keeps its tuple while it stands. It has no inode before it is accepted nor after its process closed
 * it, so that 0 becoming a number, or a number becoming 0 in a closing state, is no sign of a successor. Nor is a row of
 * another source than the tables: tracking knows no inode, and goes on for a while after the socket.
 */
export function isSameConnection(connection: Standing, row: Observation): boolean {
  if (row.inode === 0 && (isClosing(row) || row.source !== undefined)) return true;
  if (connection.inode !== 0) return row.inode === connection.inode;
  return !isClosing(connection.row);
}

/** Notes that it was seen at a time, in milliseconds since 1970; `ownerOf` names the listener's owner. */
export function see(
  connection: Standing,
  row: Observation,
  at: number,
  source: string,
  ownerOf: (row: Observation) => Process | undefined,
): void {
  const opens = !connection.counted && !isHalfOpen(row);
  if (opens || connection.firstSeen === UNSEEN) connection.firstSeen = at;
  // The clock may have been set back.
  connection.firstSeen = Math.min(connection.firstSeen, at);
  connection.lastSeen = at;
  connection.row = row;
  if (!connection.sources.includes(source)) connection.sources.push(source);
  if (row.inode !== 0) connection.inode = row.inode;
  if (opens) {
    connection.counted = true;
    connection.isNew = !connection.countedBefore;
  }
  if (row.process !== undefined) connection.process = row.process;
  else if (connection.process === undefined && connection.direction.direction === "inbound")
    connection.process = ownerOf(row);
}

/** What the window saw of it so far. */
export function sightingOf(connection: Standing): Sighting {
  const { row, direction, process, isNew, firstSeen, lastSeen, sources } = connection;
  return {
    ...direction,
    ...tupleOf(row),
    process,
    connections: isNew ? 1 : 0,
    failed: 0,
    firstSeen,
    lastSeen,
    sources,
  };
}

/**
 * What the window is to tell of one that is over, or was an attempt in vain; undefined where it told all before.
 *
 * @param tellsFailures an event tells of each attempt that fails
 */
export function sightingOfEnded(
  connection: Standing,
  windowFrom: number,
  tellsFailures: boolean,
): Sighting | undefined {
  if (connection.counted) return connection.firstSeen === UNSEEN ? undefined : sightingOf(connection);
  if (connection.row.state !== "syn-sent" || tellsFailures) return undefined;
  const lastSeen = Math.max(connection.lastSeen, windowFrom);
  // Seen once it may have connected a moment later, and have been closed by the peer: its outcome is not known.
  const failed = connection.lastSeen > connection.firstSeen ? 1 : 0;
  return { ...sightingOf(connection), failed, firstSeen: lastSeen, lastSeen };
}

/** What the window saw of one that stands on; the next window begins. Undefined where it saw nothing that counts. */
export function takeSighting(connection: Standing): Sighting | undefined {
  if (!connection.counted || connection.firstSeen === UNSEEN) return undefined;
  const sighting = sightingOf(connection);
  connection.isNew = false;
  connection.firstSeen = UNSEEN;
  return sighting;
}
