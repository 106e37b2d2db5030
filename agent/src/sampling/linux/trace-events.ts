import type { Process } from "@portolan/protocol";
import type { ConnectionEvent } from "../sampler.ts";
import { type AddressTexts, createAddressTexts } from "./address-text.ts";
import { type EventSource, MOST_EVENTS } from "./event-source.ts";
import type { OwnNamespace } from "./namespaces.ts";
import { parseTracePage, type StateChange } from "./parse-trace-page.ts";
import { createSocketStates, type Outcome } from "./socket-states.ts";
import type { TraceInstance } from "./trace-instance.ts";

export const TRACEFS = "tracefs";

/** The buffers hold a second of a busy host, and a client that lives shorter than this has no name. */
const READ_EVERY_MS = 1000;

interface TraceEventsOptions {
  instance: TraceInstance;
  own: OwnNamespace;
  /** Identity of a process; undefined when it is gone. */
  processOf: (pid: number) => Process | undefined;
  now?: () => number;
}

interface Caller {
  process: Process | undefined;
  isOwn: boolean | undefined;
}

/**
 * Every TCP connection that opens and every attempt that fails in the agent's own network namespace, from the kernel's
 * tracing. The kernel tells of all namespaces: an event belongs to this one when its caller does; where the caller is
 * not known, when its address is this host's own. Loopback is in every namespace: there an accepted connection belongs
 * to this one when its other end was just opened here, and one of an unknown caller only where there is no other
 * namespace.
 */
export function createTraceEvents({ instance, own, processOf, now = Date.now }: TraceEventsOptions): EventSource {
  const sockets = createSocketStates(callerOf);
  let texts: AddressTexts = createAddressTexts();
  let events: ConnectionEvent[] = [];
  let observations = 0;
  let lost = 0;
  let cpuMicros = 0;
  let overrunsBefore = instance.overruns();
  let failure: string | undefined;
  /** Callers of the reading of now: each is looked up once. */
  let callers = new Map<number, Caller>();
  /** Loopback tuples that were opened here, as the other end sees them; of this reading and the one before. */
  let opened = new Set<string>();
  let openedBefore = new Set<string>();

  function callerOf(pid: number): Caller {
    let caller = callers.get(pid);
    if (caller === undefined) {
      caller = { process: processOf(pid), isOwn: own.holds(pid) };
      callers.set(pid, caller);
    }
    return caller;
  }

  function read(): void {
    const cpuBefore = process.cpuUsage();
    const at = now();
    callers = new Map();
    openedBefore = opened;
    opened = new Set();
    try {
      instance.readPages((page) => {
        const { changes, unreadable } = parseTracePage(page, instance.header, instance.format);
        lost += unreadable;
        for (const change of changes) take(change, at);
      });
    } catch (error) {
      failure = error instanceof Error ? error.message : String(error);
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
    if (!isOurs(outcome, event, at)) return;
    if (events.length < MOST_EVENTS) events.push(event);
    else lost += 1;
  }

  function isOurs(
    { kind, caller }: Outcome<Caller>,
    { localAddress = "", localPort, remoteAddress, remotePort = 0 }: ConnectionEvent,
    at: number,
  ): boolean {
    const isLoopback = localAddress.startsWith("127.") || localAddress === "::1";
    const reversed = `${remoteAddress} ${remotePort} ${localAddress} ${localPort}`;
    if (kind === "accepted" && isLoopback) return opened.has(reversed) || openedBefore.has(reversed);
    const isOwn = caller?.isOwn ?? (isLoopback ? own.isOnlyOne(at) : own.hasAddress(localAddress, at));
    // The two ends of a connection over loopback are told of by one processor, the client's first.
    if (isOwn && isLoopback) opened.add(`${localAddress} ${localPort} ${remoteAddress} ${remotePort}`);
    return isOwn;
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

  read();
  // What was recorded before this start is another run's.
  events = [];
  const timer = setInterval(read, READ_EVERY_MS).unref();
  return {
    take() {
      read();
      const overruns = instance.overruns();
      const overrun = Math.max(0, overruns - overrunsBefore);
      overrunsBefore = overruns;
      const reason =
        failure ?? (overrun > 0 ? `the kernel overwrote ${overrun} records before they were read` : undefined);
      const taken = {
        events,
        source: {
          name: TRACEFS,
          ok: failure === undefined,
          ...(reason !== undefined && { reason }),
          observations,
          lost: lost + overrun,
          gapMs: 0,
          cpuMs: cpuMicros / 1000,
        },
      };
      events = [];
      observations = 0;
      lost = 0;
      cpuMicros = 0;
      failure = undefined;
      texts = createAddressTexts();
      return taken;
    },
    async close() {
      clearInterval(timer);
      instance.close();
    },
  };
}
