import type { Process } from "@portolan/protocol";
import { messageOf } from "../../errors.ts";
import { isLoopback } from "../loopback.ts";
import type { ConnectionEvent } from "../sampler.ts";
import { type AddressTexts, createAddressTexts } from "../address-text.ts";
import { BACKLOG, type EventSource, MOST_EVENTS } from "../event-source.ts";
import type { Namespaces } from "./namespaces.ts";
import { parseTracePage, type StateChange } from "./parse-trace-page.ts";
import { createSocketStates, type Outcome } from "./socket-states.ts";
import type { TraceCounts, TraceInstance } from "./trace-instance.ts";

export const TRACEFS = "tracefs";

/** The buffers hold a second of a busy host, and a client that lives shorter than this has no name. */
const READ_EVERY_MS = 1000;

interface TraceEventsOptions {
  instance: TraceInstance;
  namespaces: Namespaces;
  /** The container that uses an address, where one was seen to. */
  scopeOfAddress: (address: string) => string | undefined;
  /** What other namespaces do is nobody's business. */
  ownOnly: boolean;
  /** Identity of a process; undefined when it is gone. */
  processOf: (pid: number) => Process | undefined;
  /** Called when much waits to be taken. */
  onBacklog: () => void;
  now?: () => number;
}

interface Caller {
  process: Process | undefined;
  isOwn: boolean | undefined;
  scope: string | undefined;
}

const UNKNOWN_CALLER: Caller = { process: undefined, isOwn: undefined, scope: undefined };
/** The host's own network namespace. */
const OWN = "";

/**
 * Every TCP connection that opens and every attempt that fails on this host, from the kernel's tracing, which tells of
 * all network namespaces and of none by name: an event belongs to its caller's; where the caller is not known, to the
 * one that has its address. Loopback is in every namespace: there an accepted connection belongs to where its other end
 * was just opened, and one of an unknown caller is this host's own only where there is no other. A container with pids
 * of its own can't see whether there is.
 */
export function createTraceEvents({
  instance,
  namespaces,
  scopeOfAddress,
  ownOnly,
  processOf,
  onBacklog,
  now = Date.now,
}: TraceEventsOptions): EventSource {
  const sockets = createSocketStates(callerOf);
  let texts: AddressTexts = createAddressTexts();
  let events: ConnectionEvent[] = [];
  let observations = 0;
  let lost = 0;
  /** Told of, and in which namespace is not known. */
  let unplaced = 0;
  /** Over loopback, of this network namespace or of another: the tables show those of this one. */
  let anybodys = 0;
  let cpuMicros = 0;
  let failure: string | undefined;
  let countsBefore: TraceCounts = { overrun: 0, read: 0 };
  /** Since then, by this agent. */
  let readHere = 0;
  /** Callers of the reading of now: each is looked up once. */
  let callers = new Map<number, Caller>();
  /** Where loopback tuples were opened, by the tuple as the other end sees it; of this reading and the one before. */
  let opened = new Map<string, string>();
  let openedBefore = new Map<string, string>();

  function callerOf(pid: number): Caller {
    if (!namespaces.seesKernelPids) return UNKNOWN_CALLER;
    let caller = callers.get(pid);
    if (caller === undefined) {
      caller = { process: processOf(pid), isOwn: namespaces.isOwn(pid), scope: namespaces.scopeOf(pid) };
      callers.set(pid, caller);
    }
    return caller;
  }

  function read(): void {
    const cpuBefore = process.cpuUsage();
    const at = now();
    callers = new Map();
    openedBefore = opened;
    opened = new Map();
    try {
      instance.readPages((page) => {
        const { changes, records, unreadable } = parseTracePage(page, instance.header, instance.format);
        readHere += records;
        lost += unreadable;
        for (const change of changes) take(change, at);
      });
    } catch (error) {
      failure = messageOf(error);
    }
    sockets.sweep(at);
    const { user, system } = process.cpuUsage(cpuBefore);
    cpuMicros += user + system;
  }

  function take(change: StateChange, at: number): void {
    observations += 1;
    const outcome = sockets.follow(change, at);
    if (outcome === undefined) return;
    const event = eventOf(outcome, at);
    const scope = scopeOf(outcome, event, at);
    if (ownOnly && scope !== OWN) return;
    if (scope === undefined) passOver(event);
    else if (events.length < MOST_EVENTS) events.push(scope === OWN ? event : { ...event, scope });
    else lost += 1;
  }

  /** In a container with pids of its own the other namespaces are other agents': a foreign address loses nothing here. */
  function passOver({ localAddress = "" }: ConnectionEvent): void {
    if (namespaces.seesKernelPids) unplaced += 1;
    else if (isLoopback(localAddress)) anybodys += 1;
  }

  /** Undefined where nothing tells it. */
  function scopeOf(
    { kind, caller }: Outcome<Caller>,
    { localAddress = "", localPort, remoteAddress, remotePort = 0 }: ConnectionEvent,
    at: number,
  ): string | undefined {
    if (!isLoopback(localAddress)) {
      if (caller?.isOwn === true) return OWN;
      return caller?.scope ?? (namespaces.hasAddress(localAddress, at) ? OWN : scopeOfAddress(localAddress));
    }
    if (kind === "accepted") {
      const tuple = `${remoteAddress} ${remotePort} ${localAddress} ${localPort}`;
      return opened.get(tuple) ?? openedBefore.get(tuple);
    }
    const isAlone = namespaces.seesKernelPids && namespaces.others(at).length === 0 && namespaces.seesAll(at);
    const scope = caller?.isOwn === true || (caller?.isOwn === undefined && isAlone) ? OWN : caller?.scope;
    // The two ends of a connection over loopback are told of by one processor, the client's first.
    if (scope !== undefined) opened.set(`${localAddress} ${localPort} ${remoteAddress} ${remotePort}`, scope);
    return scope;
  }

  function eventOf({ kind, change, caller }: Outcome<Caller>, at: number): ConnectionEvent {
    const process = caller?.process;
    return {
      kind: kind === "failed" ? "failed" : "opened",
      source: TRACEFS,
      at,
      protocol: "tcp",
      localAddress: textOf(change.localAddress),
      localPort: change.localPort,
      remoteAddress: textOf(change.remoteAddress),
      remotePort: change.remotePort,
      direction: kind === "accepted" ? "inbound" : "outbound",
      ...(process !== undefined && { process }),
    };
  }

  function textOf(bytes: Uint8Array): string {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const word = (index: number): number => view.getUint32(index * 4, true);
    return bytes.length === 4 ? texts.ipv4(word(0)) : texts.ipv6(word(0), word(1), word(2), word(3));
  }

  function begin(counts: TraceCounts): void {
    events = [];
    observations = 0;
    lost = 0;
    unplaced = 0;
    anybodys = 0;
    cpuMicros = 0;
    failure = undefined;
    countsBefore = counts;
    readHere = 0;
    texts = createAddressTexts();
  }

  // What was recorded before this start is another run's.
  read();
  begin(instance.counts());
  const timer = setInterval(() => {
    read();
    if (events.length >= BACKLOG) onBacklog();
  }, READ_EVERY_MS).unref();
  return {
    take() {
      read();
      const counts = instance.counts();
      const overrun = Math.max(0, counts.overrun - countsBefore.overrun);
      // Of a page that could not be read it is not known how many were in it.
      const readElsewhere = lost > 0 ? 0 : Math.max(0, counts.read - countsBefore.read - readHere);
      const reasons = [
        ...(failure === undefined ? [] : [failure]),
        ...(overrun > 0 ? [`the kernel overwrote ${overrun} records before they were read`] : []),
        ...(readElsewhere > 0
          ? [
              `another agent took ${readElsewhere} records of this tracing instance: give each a traceInstance of its own`,
            ]
          : []),
        ...(unplaced > 0 ? [`of ${unplaced} connections the network namespace is not known`] : []),
        ...(anybodys > 0 ? [`of ${anybodys} connections over loopback a container cannot tell whose they are`] : []),
      ];
      const taken = {
        events,
        source: {
          name: TRACEFS,
          ok: failure === undefined,
          ...(reasons.length > 0 && { reason: reasons.join("; ") }),
          observations,
          lost: lost + overrun + readElsewhere + unplaced,
          gapMs: 0,
          cpuMs: cpuMicros / 1000,
        },
      };
      begin(counts);
      return taken;
    },
    async close() {
      clearInterval(timer);
      instance.close();
    },
  };
}
