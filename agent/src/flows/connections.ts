import type { Process } from "@portolan/protocol";
import type { ConnectionEvent, Observation, Snapshot } from "../sampling/sampler.ts";
import { createClosedTuples } from "./closed-tuples.ts";
import { directionOf } from "./direction.ts";
import type { Direction, Surroundings } from "./direction.ts";
import { completeClosing } from "./complete-closing.ts";
import type { Sighting } from "./fold.ts";
import type { Listeners } from "./listeners.ts";
import { tupleKey } from "./tuple.ts";

/** One connection that stands, from the first that showed it, a snapshot or an event, to the last. */
interface Standing {
  row: Observation;
  direction: Direction;
  /** The last inode that was not 0. */
  inode: number;
  process: Process | undefined;
  /** True while `process` is only the listener's owner. */
  borrowed: boolean;
  /** A half-open connection is not counted before it is seen open. */
  counted: boolean;
  /** The agent's run before may have counted it. */
  countedBefore: boolean;
  /** An event told of its beginning. */
  opened: boolean;
  /** True when it began in the window of now. */
  isNew: boolean;
  firstSeen: number;
  lastSeen: number;
  /** Number of the snapshot that showed it last. */
  seenIn: number;
  /** Number of the snapshot whose tables showed it last. */
  rowIn: number;
  sources: string[];
}

/** Follows connections from snapshot to snapshot, each counted once. */
export interface Connections {
  observe(snapshot: Snapshot, windowFrom: number): void;
  /** What the window saw of the connections that still stand; the next window begins. */
  takeStanding(): Sighting[];
  /** What of the window is in no flow. */
  takeUncounted(): Uncounted;
}

/** Connections that are in no flow, by why. */
export interface Uncounted {
  /** A reset wiped the own address, and nothing else told it. */
  unplaced: number;
  /** More stood at once than are followed. */
  beyond: number;
}

/**
 * @param settle takes what the window saw of a connection that ended
 * @param mostStanding are followed at once, so that the memory is bounded
 * @param lookedBefore when the run before looked last; what it can have counted is not counted again
 */
export function createConnections(
  listeners: Listeners,
  settle: (sighting: Sighting) => void,
  lookedBefore: number | undefined,
  mostStanding: number,
): Connections {
  const standing = new Map<string, Standing>();
  const closed = createClosedTuples(mostStanding);
  let serial = 0;
  let wasWhole = true;
  let unplaced = 0;
  let beyond = 0;
  let watchedSince: number | undefined;

  function observe(snapshot: Snapshot, windowFrom: number): void {
    const { at } = snapshot;
    serial++;
    watchedSince = Math.min(watchedSince ?? at, at);
    closed.nextRound(wasWhole);
    wasWhole = snapshot.isComplete;
    const own = ownAddresses(snapshot.observations);
    const surroundings: Surroundings = {
      listeners,
      ephemeralPorts: snapshot.ephemeralPorts,
      watchedLong: at - watchedSince > TIME_WAIT_MS,
      isOwnAddress: (address, scope) => isLoopback(address) || own.has(`${address} ${scope ?? ""}`),
    };
    takeEvents(snapshot, windowFrom, surroundings);
    const onlySource = snapshot.sources[0]?.name ?? "sampling";
    for (const row of snapshot.observations) {
      if (isConnection(row)) takeRow(row, snapshot, windowFrom, surroundings, row.source ?? onlySource);
    }
    if (!snapshot.isComplete) return;
    for (const [key, connection] of standing) {
      if (connection.seenIn === serial) continue;
      finish(connection, windowFrom, snapshot.tellsFailures);
      standing.delete(key);
      if (connection.counted) closed.vanished(key, sightingOf(connection));
    }
  }

  function takeRow(
    row: Observation,
    snapshot: Snapshot,
    windowFrom: number,
    surroundings: Surroundings,
    source: string,
  ): void {
    const { at } = snapshot;
    const key = tupleKey(row);
    let connection = standing.get(key);
    // The same tuple twice in one snapshot: the table changed while the kernel walked through it.
    if (connection?.rowIn === serial) return;
    if (connection === undefined && closed.explains(key, row)) return;
    if (connection !== undefined && !isSameConnection(connection, row)) {
      finish(connection, windowFrom, snapshot.tellsFailures);
      connection = undefined;
    }
    if (connection === undefined) {
      if (standing.size >= mostStanding) {
        beyond += 1;
        return;
      }
      connection = begin(row, directionOf(row, surroundings), at);
      if (serial === 1 && lookedBefore !== undefined) connection.countedBefore = canBeOlder(row, at - lookedBefore);
      standing.set(key, connection);
    } else if (connection.direction.guessed || connection.direction.direction === "unknown") {
      const again = directionOf(row, surroundings);
      // What a socket told while it was held is not forgotten in TIME_WAIT.
      if (again.direction !== "unknown") connection.direction = again;
      if (connection.borrowed && connection.direction.direction !== "inbound") connection.process = undefined;
    }
    see(connection, row, at, source);
    connection.rowIn = serial;
  }

  /** Closings that lack an end come last: what opened between the same two hosts explains them. */
  function takeEvents(snapshot: Snapshot, windowFrom: number, surroundings: Surroundings): void {
    const wiped: ConnectionEvent[] = [];
    for (const event of snapshot.events) {
      if (event.kind === "failed") settle(failedAttempt(event));
      else if (event.localAddress === undefined || event.remotePort === undefined) wiped.push(event);
      else if (event.kind === "opened") open(event, rowOf(event), windowFrom, surroundings);
      else close(event, rowOf(event), snapshot, surroundings);
    }
    if (wiped.length === 0) return;
    const complete = completeClosing(standing.values(), snapshot.observations);
    for (const event of wiped) {
      const row = complete(event, snapshot.tellsOpenings);
      if (row === undefined) unplaced += 1;
      else if (row !== "counted") close(event, row, snapshot, surroundings);
    }
  }

  function open(event: ConnectionEvent, row: Observation, windowFrom: number, surroundings: Surroundings): void {
    const key = tupleKey(row);
    let connection = standing.get(key);
    // The tuple was used again before any snapshot.
    if (connection?.opened === true) {
      finish(connection, windowFrom, true);
      connection = undefined;
    }
    const direction =
      event.direction === undefined ? directionOf(row, surroundings) : { direction: event.direction, guessed: false };
    if (connection === undefined) {
      connection = begin(row, direction, event.at);
      if (standing.size < mostStanding) standing.set(key, connection);
      else {
        // Its flow survives; should a table show it, that is skipped.
        see(connection, row, event.at, event.source);
        settle(sightingOf(connection));
        return;
      }
    }
    connection.opened = true;
    connection.direction = direction;
    closed.reopened(key);
    see(connection, row, event.at, event.source);
  }

  function close(event: ConnectionEvent, row: Observation, snapshot: Snapshot, surroundings: Surroundings): void {
    const key = tupleKey(row);
    const { bytesSent, bytesReceived } = event;
    let connection = standing.get(key);
    if (connection === undefined) {
      // Late word of one that was counted: its bytes are new, nothing else.
      const counted = closed.counted(key, snapshot.tellsOpenings);
      if (counted !== undefined) {
        settle({ ...counted, connections: 0, firstSeen: event.at, lastSeen: event.at, bytesSent, bytesReceived });
        return;
      }
      connection = begin(row, directionOf(row, surroundings), event.at);
    }
    see(connection, row, event.at, event.source);
    const sighting = { ...sightingOf(connection), bytesSent, bytesReceived };
    settle(sighting);
    standing.delete(key);
    closed.add(key, sighting);
  }

  function see(connection: Standing, row: Observation, at: number, source: string): void {
    const opens = !connection.counted && !isHalfOpen(row);
    if (opens || connection.firstSeen === UNSEEN) connection.firstSeen = at;
    // The clock may have been set back.
    connection.firstSeen = Math.min(connection.firstSeen, at);
    connection.lastSeen = at;
    connection.seenIn = serial;
    connection.row = row;
    if (!connection.sources.includes(source)) connection.sources.push(source);
    if (row.inode !== 0) connection.inode = row.inode;
    if (opens) {
      connection.counted = true;
      connection.isNew = !connection.countedBefore;
    }
    if (row.process !== undefined) {
      connection.process = row.process;
      connection.borrowed = false;
    } else if (connection.process === undefined && connection.direction.direction === "inbound") {
      connection.process = listeners.ownerOf(row.protocol, row.localAddress, row.localPort, row.scope);
      connection.borrowed = connection.process !== undefined;
    }
  }

  function finish(connection: Standing, windowFrom: number, tellsFailures: boolean): void {
    if (connection.counted) {
      if (connection.firstSeen !== UNSEEN) settle(sightingOf(connection));
    } else if (connection.row.state === "syn-sent" && !tellsFailures) {
      const lastSeen = Math.max(connection.lastSeen, windowFrom);
      // Seen once it may have connected a moment later, and have been closed by the peer: its outcome is not known.
      const failed = connection.lastSeen > connection.firstSeen ? 1 : 0;
      settle({ ...sightingOf(connection), failed, firstSeen: lastSeen, lastSeen });
    }
  }

  function takeStanding(): Sighting[] {
    const sightings: Sighting[] = [];
    for (const connection of standing.values()) {
      if (!connection.counted || connection.firstSeen === UNSEEN) continue;
      sightings.push(sightingOf(connection));
      connection.isNew = false;
      connection.firstSeen = UNSEEN;
    }
    return sightings;
  }

  function takeUncounted(): Uncounted {
    const uncounted = { unplaced, beyond };
    unplaced = 0;
    beyond = 0;
    return uncounted;
  }

  return { observe, takeStanding, takeUncounted };
}

/**
 * Whether a row can have stood when the agent looked last, `gap` milliseconds ago: in TIME_WAIT no longer than the kernel
 * keeps it, else for as long as a restart may take. After a longer gap, a reboot perhaps, everything counts as new.
 */
function canBeOlder(row: Observation, gap: number): boolean {
  return gap < (row.state === "time-wait" ? TIME_WAIT_MS : RESTART_MS);
}

const UNSEEN = -1;
/** include/net/tcp.h, TCP_TIMEWAIT_LEN. */
const TIME_WAIT_MS = 60_000;
const RESTART_MS = 300_000;

function begin(row: Observation, direction: Direction, at: number): Standing {
  return {
    row,
    direction,
    inode: row.inode,
    process: undefined,
    borrowed: false,
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

/** What a socket's row would have been; without an inode, as no event knows it. */
function rowOf(event: ConnectionEvent): Observation {
  const { protocol, localAddress = "", localPort, remoteAddress, remotePort = 0, process, scope } = event;
  const row: Observation = {
    protocol,
    state: protocol === "udp" ? "connected" : "established",
    localAddress,
    localPort,
    remoteAddress,
    remotePort,
    inode: 0,
  };
  if (process !== undefined) row.process = process;
  if (scope !== undefined) row.scope = scope;
  return row;
}

function failedAttempt(event: ConnectionEvent): Sighting {
  const { protocol, localAddress, localPort, remoteAddress, remotePort, scope } = rowOf(event);
  return {
    protocol,
    localAddress,
    localPort,
    remoteAddress,
    remotePort,
    scope,
    direction: event.direction ?? "outbound",
    guessed: false,
    process: event.process,
    connections: 0,
    failed: 1,
    firstSeen: event.at,
    lastSeen: event.at,
    sources: [event.source],
  };
}

/**
 * A connection keeps its tuple while it stands. It has no inode before it is accepted nor after its process closed
 * it, so that 0 becoming a number, or a number becoming 0 in a closing state, is no sign of a successor.
 */
function isSameConnection(connection: Standing, row: Observation): boolean {
  if (isClosing(row) && row.inode === 0) return true;
  if (connection.inode !== 0) return row.inode === connection.inode;
  return !isClosing(connection.row);
}

function isConnection(row: Observation): boolean {
  if (row.remotePort === 0 || row.localPort === 0) return false;
  return row.state !== "listening" && row.state !== "unconnected" && row.state !== "closed";
}

function isHalfOpen(row: Observation): boolean {
  return row.state === "syn-sent" || row.state === "syn-received";
}

function isClosing(row: Observation): boolean {
  switch (row.state) {
    case "fin-wait-1":
    case "fin-wait-2":
    case "time-wait":
    case "last-ack":
    case "closing":
      return true;
    default:
      return false;
  }
}

function isLoopback(address: string): boolean {
  return address === "::1" || address.startsWith("127.");
}

function ownAddresses(observations: readonly Observation[]): Set<string> {
  const own = new Set<string>();
  for (const row of observations) own.add(`${row.localAddress} ${row.scope ?? ""}`);
  own.delete("0.0.0.0 ");
  own.delete(":: ");
  return own;
}

function sightingOf(connection: Standing): Sighting {
  const { row, direction, process, isNew, firstSeen, lastSeen, sources } = connection;
  return {
    ...direction,
    protocol: row.protocol,
    localAddress: row.localAddress,
    localPort: row.localPort,
    remoteAddress: row.remoteAddress,
    remotePort: row.remotePort,
    scope: row.scope,
    process,
    connections: isNew ? 1 : 0,
    failed: 0,
    firstSeen,
    lastSeen,
    sources,
  };
}
