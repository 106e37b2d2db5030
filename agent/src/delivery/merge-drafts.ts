import type { Flow, Process, Source } from "@portolan/protocol";
import { compareText, processIdentity } from "../flows/identity.ts";
import { mergeLoad } from "../load/figures.ts";
import type { Draft } from "./report.ts";
import { createSourceTally } from "./source-tally.ts";
import { REPORT_LIMITS } from "./wire.ts";

/** How the spool itself fared: `observations` counts reports that were merged, `lost` those that were damaged. */
const SPOOL_SOURCE = "spool";

/**
 * Makes one report of two that were never sent and tell of one day: flows of one key and parts of one hour are added up, facts are the newer
 * report's, and a row of the sources counts what was coarsened. Every flow key stays.
 *
 * @param newer has indexes of its own; the merged report's are new.
 * @returns nothing where the two are more than one report may carry. Linear in the flows of both.
 */
export function mergeDrafts(older: Draft, newer: Draft): Draft | undefined {
  const processes = createProcessList();
  const flows = new Map<string, Flow>();
  for (const draft of [older, newer]) {
    for (const flow of draft.flows) {
      const process = flow.process === undefined ? undefined : draft.processes[flow.process];
      const key = flowKey(flow, process);
      const moved = processes.refer(flow, process);
      const existing = flows.get(key);
      flows.set(key, existing === undefined ? moved : addUp(existing, moved));
    }
  }
  const facts = newer.listeners === undefined ? older : newer;
  const listeners = facts.listeners?.map((listener) =>
    processes.refer(listener, listener.process === undefined ? undefined : facts.processes[listener.process]),
  );
  const sources = mergeSources(older.sources, newer.sources);
  const load = mergeLoad(older.load ?? [], newer.load ?? []);
  if (flows.size > REPORT_LIMITS.flows || sources.length > REPORT_LIMITS.sources) return undefined;
  if (processes.all.length > REPORT_LIMITS.processes || load.length > REPORT_LIMITS.load) return undefined;
  return {
    ...older,
    ...newer,
    window: {
      from: [older.window.from, newer.window.from].toSorted(compareText)[0] ?? older.window.from,
      to: [older.window.to, newer.window.to].toSorted(compareText)[1] ?? newer.window.to,
    },
    sources,
    ...(listeners && { listeners }),
    ...(load.length > 0 && { load }),
    flows: [...flows.values()],
    processes: processes.all,
  };
}

/** The row that tells of the spool in a report; counts add up where such reports are merged in their turn. */
export function spoolSource(merged: number, damaged: number): Source {
  const reasons = [
    ...(merged > 0 ? ["reports were merged as the spool was full: their times are coarser"] : []),
    ...(damaged > 0 ? ["damaged reports were put into quarantine"] : []),
  ];
  return {
    name: SPOOL_SOURCE,
    ok: damaged === 0,
    reason: reasons.join("; "),
    observations: merged,
    lost: damaged,
    gapMs: 0,
    cpuMs: 0,
    blindTo: [],
  };
}

function mergeSources(older: Source[], newer: Source[]): Source[] {
  const tally = createSourceTally();
  tally.add(older);
  tally.add(newer);
  tally.add([spoolSource(1, 0)]);
  return tally.take().map((source) => {
    if (source.name !== SPOOL_SOURCE) return source;
    return { ...spoolSource(source.observations, source.lost), ok: source.ok };
  });
}

/** The key by which the flow table folds: equal for what is one flow. */
function flowKey(flow: Flow, process: Process | undefined): string {
  const ports = flow.direction === "unknown" ? [flow.localPort, flow.remotePort] : [flow.serverPort];
  const { direction, protocol, scope, localAddress, remoteAddress } = flow;
  return JSON.stringify([
    direction,
    protocol,
    scope ?? "",
    localAddress,
    remoteAddress,
    ...ports,
    processIdentity(process),
  ]);
}

function addUp(one: Flow, other: Flow): Flow {
  const sum = (key: "failed" | "bytesSent" | "bytesReceived") => {
    const [left, right] = [one[key], other[key]];
    return left === undefined && right === undefined ? {} : { [key]: (left ?? 0) + (right ?? 0) };
  };
  const common = {
    connections: one.connections + other.connections,
    ...sum("failed"),
    ...sum("bytesSent"),
    ...sum("bytesReceived"),
    // How many clients both have in common nobody knows: at least the larger number were there.
    ...((one.folded ?? other.folded) !== undefined && { folded: Math.max(one.folded ?? 1, other.folded ?? 1) }),
    firstSeen: one.firstSeen < other.firstSeen ? one.firstSeen : other.firstSeen,
    lastSeen: one.lastSeen > other.lastSeen ? one.lastSeen : other.lastSeen,
    sources: [...new Set([...one.sources, ...other.sources])].toSorted(compareText).slice(0, MOST_SOURCES),
  };
  if (one.direction === "unknown" || other.direction === "unknown") return { ...one, ...common };
  const { guessed: _guessed, witnesses: _witnesses, ...proved } = one;
  const witnesses = [...(one.witnesses ?? []), ...(other.witnesses ?? [])].slice(0, MOST_WITNESSES);
  return {
    ...proved,
    ...common,
    // One report that saw the direction proves it for the port.
    ...(one.guessed === true && other.guessed === true && { guessed: true }),
    ...(witnesses.length > 0 && { witnesses }),
  };
}

/** What the protocol allows a flow. */
const MOST_SOURCES = 16;
const MOST_WITNESSES = 4096;

/** Collects the processes that items refer to, each once. */
function createProcessList() {
  const all: Process[] = [];
  const indexes = new Map<string, number>();
  return {
    all,
    /** The item with its process's index in this list. */
    refer<Item extends { process?: number | undefined }>(item: Item, process: Process | undefined): Item {
      if (process === undefined) {
        // An index that leads nowhere must not come to lead to somebody else; JSON leaves undefined out.
        return item.process === undefined ? item : { ...item, process: undefined };
      }
      const identity = processIdentity(process);
      let index = indexes.get(identity);
      if (index === undefined) {
        index = all.push(process) - 1;
        indexes.set(identity, index);
      }
      return { ...item, process: index };
    },
  };
}
