import type { Process } from "@portolan/protocol";
import type { ConnectionEvent, Observation, Snapshot } from "../sampling/sampler.ts";
import { createClosedTuples } from "./closed-tuples.ts";
import { createCountedBefore } from "./counted-before.ts";
import { completeClosing } from "./complete-closing.ts";
import { type Surroundings, directionOf } from "./direction.ts";
import { failedAttempt, rowOf } from "./event-row.ts";
import type { Sighting } from "./fold.ts";
import type { ListenerMemory } from "./listener-memory.ts";
import type { Listeners } from "./listeners.ts";
import { ownAddressesOf } from "./own-addresses.ts";
import { isConnection } from "./row-state.ts";
import {
  type Standing,
  beginStanding,
  isSameConnection,
  see,
  sightingOf,
  sightingOfEnded,
  takeSighting,
} from "./standing.ts";
import { hashOf, tupleKey } from "../sampling/tuple.ts";

/** Open ones that are remembered for the next run: about 20 kB on the disk, each time a report is spooled. */
const MOST_REMEMBERED = 2000;

/** Follows connections from snapshot to snapshot, each counted once. */
export interface Connections {
  observe(snapshot: Snapshot, windowFrom: number): void;
  /** What the window saw of the connections that still stand; the next window begins. */
  takeStanding(): Sighting[];
  /** Those that are open now, for the next run; nothing where they are too many to remember. */
  stillOpen(): Pick<ListenerMemory, "standing">;
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
 * @param before what the run before left; what it can have counted is not counted again
 */
export function createConnections(
  listeners: Listeners,
  settle: (sighting: Sighting) => void,
  before: ListenerMemory | undefined,
  mostStanding: number,
): Connections {
  const standing = new Map<string, Standing>();
  const closed = createClosedTuples(mostStanding);
  const countedBefore = createCountedBefore(before);
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
    const surroundings: Surroundings = {
      listeners,
      ephemeralPorts: snapshot.ephemeralPorts,
      watchedMs: at - watchedSince,
      isOwnAddress: ownAddressesOf(snapshot.observations),
    };
    takeEvents(snapshot, windowFrom, surroundings);
    const onlySource = snapshot.sources[0]?.name ?? "sampling";
    for (const row of snapshot.observations) {
      if (isConnection(row)) takeRow(row, snapshot, windowFrom, surroundings, row.source ?? onlySource);
    }
    if (!snapshot.isComplete) return;
    for (const [key, connection] of standing) {
      if (connection.seenIn === serial || snapshot.unreadScopes?.has(connection.row.scope ?? "") === true) continue;
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
      connection = beginStanding(row, directionOf(row, surroundings), at);
      if (serial === 1) connection.countedBefore = countedBefore(key, row, at);
      standing.set(key, connection);
    } else if (connection.direction.guessed || connection.direction.direction === "unknown") {
      const again = directionOf(row, surroundings);
      // What a socket told while it was held is not forgotten in TIME_WAIT.
      if (again.direction !== "unknown") connection.direction = again;
    }
    show(connection, row, at, source);
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
      connection = beginStanding(row, direction, event.at);
      if (standing.size < mostStanding) standing.set(key, connection);
      else {
        // Its flow survives; should a table show it, that is skipped.
        show(connection, row, event.at, event.source);
        settle(sightingOf(connection));
        return;
      }
    }
    connection.opened = true;
    connection.direction = direction;
    closed.reopened(key);
    show(connection, row, event.at, event.source);
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
      connection = beginStanding(row, directionOf(row, surroundings), event.at);
    }
    show(connection, row, event.at, event.source);
    const sighting = { ...sightingOf(connection), bytesSent, bytesReceived };
    settle(sighting);
    standing.delete(key);
    closed.add(key, sighting);
  }

  function show(connection: Standing, row: Observation, at: number, source: string): void {
    see(connection, row, at, source, ownerOf);
    connection.seenIn = serial;
  }

  function ownerOf({ protocol, localAddress, localPort, scope }: Observation): Process | undefined {
    return listeners.ownerOf(protocol, localAddress, localPort, scope);
  }

  function finish(connection: Standing, windowFrom: number, tellsFailures: boolean): void {
    const sighting = sightingOfEnded(connection, windowFrom, tellsFailures);
    if (sighting !== undefined) settle(sighting);
  }

  function takeStanding(): Sighting[] {
    const sightings: Sighting[] = [];
    for (const connection of standing.values()) {
      const sighting = takeSighting(connection);
      if (sighting !== undefined) sightings.push(sighting);
    }
    return sightings;
  }

  function stillOpen(): Pick<ListenerMemory, "standing"> {
    const hashes: number[] = [];
    for (const [key, { row, counted }] of standing) {
      if (!counted || row.state === "time-wait") continue;
      if (hashes.length >= MOST_REMEMBERED) return {};
      hashes.push(hashOf(key));
    }
    return { standing: hashes };
  }

  function takeUncounted(): Uncounted {
    const uncounted = { unplaced, beyond };
    unplaced = 0;
    beyond = 0;
    return uncounted;
  }

  return { observe, takeStanding, stillOpen, takeUncounted };
}
