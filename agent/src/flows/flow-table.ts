import type { Flow, Listener, Process } from "@portolan/protocol";
import type { Snapshot } from "../sampling/sampler.ts";
import { createConnections, type Uncounted } from "./connections.ts";
import { createFold } from "./fold.ts";
import { compareText, processIdentity } from "./identity.ts";
import { createListeners } from "./listeners.ts";
import type { KnownListener, ListenerMemory } from "./listener-memory.ts";

export type { ListenerMemory };

/** What was seen since the last drain; `process` fields index into `processes`. */
export interface Drained {
  from: number;
  to: number;
  processes: Process[];
  flows: Flow[];
  /** All listeners as of the last snapshot. */
  listeners: Listener[];
  /** What was seen and is in none of the flows. */
  uncounted: Uncounted;
}

/** Folds snapshots into flows; see {@link createFlowTable}. */
export interface FlowTable {
  observe(snapshot: Snapshot): void;
  /** Flows since the last drain as deltas, and the listeners of now. */
  drain(): Drained;
  /** For the next run: what was told by drains. */
  memory(): ListenerMemory;
}

export interface FlowTableOptions {
  /** From the run before; listeners that it names explain the rows they left. */
  memory?: ListenerMemory | undefined;
  /** The time of a drain that comes before any snapshot; milliseconds since 1970. */
  now?: () => number;
  /** Flows that one window holds at most before clients are folded into their networks. */
  mostFlows?: number;
  /** Connections that are followed at once; of more, those that an event tells of are counted, and no rows. */
  mostStanding?: number;
}

/** About 20 MB of flows. */
const MOST_FLOWS = 20_000;
/** About 60 MB. */
const MOST_STANDING = 100_000;

/**
 * Folds snapshots into flows. A connection counts once, in the window that first showed it, however many snapshots
 * show it and in whatever state; one that stands on gives a flow of 0 connections in later windows, as evidence.
 * Attempts that were seen but never open are `failed`. Equal snapshots give equal drains.
 */
export function createFlowTable({
  memory,
  now = Date.now,
  mostFlows = MOST_FLOWS,
  mostStanding = MOST_STANDING,
}: FlowTableOptions = {}): FlowTable {
  const listeners = createListeners(memory);
  let fold = createFold(mostFlows);
  const connections = createConnections(listeners, (sighting) => fold.add(sighting), memory, mostStanding);
  let from: number | undefined;
  let to: number | undefined;
  /** As of the last look that a drain told of. */
  let told: Pick<ListenerMemory, "lookedAt" | "standing"> = {};

  function observe(snapshot: Snapshot): void {
    from = Math.min(from ?? snapshot.at, snapshot.at);
    to = snapshot.at;
    listeners.update(snapshot);
    connections.observe(snapshot, from);
  }

  function drain(): Drained {
    for (const sighting of connections.takeStanding()) fold.add(sighting);
    fold.guessUnknown();
    const current = listeners.current();
    const { processes, indexOf } = indexProcesses([
      ...fold.processes(),
      ...current.flatMap(({ process }) => process ?? []),
    ]);
    const end = to ?? now();
    const drained: Drained = {
      from: from ?? end,
      to: end,
      processes,
      flows: fold.flows(indexOf),
      listeners: current.map((listener) => wireListener(listener, indexOf)),
      uncounted: connections.takeUncounted(),
    };
    fold = createFold(mostFlows);
    if (to !== undefined) {
      from = to;
      told = { lookedAt: to, ...connections.stillOpen() };
    }
    return drained;
  }

  return {
    observe,
    drain,
    memory: () => ({ ...told, listeners: listeners.remembered() }),
  };
}

/** Each process once, sorted by identity. */
function indexProcesses(all: readonly Process[]): { processes: Process[]; indexOf: (process: Process) => number } {
  const byIdentity = new Map(all.map((process) => [processIdentity(process), process]));
  const identities = [...byIdentity.keys()].toSorted(compareText);
  const indexes = new Map(identities.map((identity, index) => [identity, index]));
  return {
    processes: identities.flatMap((identity) => byIdentity.get(identity) ?? []),
    indexOf: (process) => indexes.get(processIdentity(process)) ?? 0,
  };
}

function wireListener(
  { protocol, address, port, scope, process }: KnownListener,
  indexOf: (process: Process) => number,
): Listener {
  return {
    protocol,
    address,
    port,
    ...(process === undefined ? {} : { process: indexOf(process) }),
    ...(scope === undefined ? {} : { scope }),
  };
}
