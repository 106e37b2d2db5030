import type { Process, Protocol } from "@portolan/protocol";
import type { Observation, Snapshot } from "../sampling/sampler.ts";
import { compareText, processIdentity } from "./identity.ts";
import type { KnownListener, ListenerMemory } from "./listener-memory.ts";

/** A listener that vanished still explains the rows it left: TIME_WAIT stands 60 s, and restarts take a while. */
const REMEMBERED_MS = 300_000;
/** A client's UDP socket seldom stands longer; a service on an ephemeral port does. */
const UDP_SETTLED_MS = 60_000;

/** Listeners of now and of the last five minutes. */
export interface Listeners {
  update(snapshot: Snapshot): void;
  isListenedOn(protocol: Protocol, address: string, port: number, scope: string | undefined): boolean;
  /** The process of the listener that takes such a row: the one bound to the very address before a wildcard. */
  ownerOf(protocol: Protocol, address: string, port: number, scope: string | undefined): Process | undefined;
  /** Those of the last snapshot, sorted. */
  current(): KnownListener[];
  /** Those of now and the remembered ones, sorted. */
  remembered(): KnownListener[];
}

export function createListeners(memory: ListenerMemory | undefined): Listeners {
  const known = new Map<string, KnownListener>();
  const byPort = new Map<string, KnownListener[]>();
  /** Unconnected UDP sockets on ephemeral ports → when first seen. */
  let unsettled = new Map<string, number>();
  let lastUpdate = Number.NEGATIVE_INFINITY;

  for (const listener of memory?.listeners ?? []) add(listener);

  function add(listener: KnownListener): void {
    const key = listenerKey(listener);
    const existing = known.get(key);
    if (existing !== undefined) {
      existing.lastSeen = listener.lastSeen;
      return;
    }
    const entry = { ...listener };
    known.set(key, entry);
    const port = portKey(entry.protocol, entry.port, entry.scope);
    const others = byPort.get(port);
    if (others === undefined) byPort.set(port, [entry]);
    else others.push(entry);
  }

  function remove(listener: KnownListener): void {
    known.delete(listenerKey(listener));
    const port = portKey(listener.protocol, listener.port, listener.scope);
    const others = byPort.get(port)?.filter((other) => other !== listener) ?? [];
    if (others.length === 0) byPort.delete(port);
    else byPort.set(port, others);
  }

  function update({ at, observations, isComplete, unreadScopes, ephemeralPorts }: Snapshot): void {
    const stillUnsettled = new Map<string, number>();
    for (const row of observations) {
      if (row.localPort === 0) continue;
      if (row.state === "unconnected") {
        if (row.localPort >= ephemeralPorts.from && row.localPort <= ephemeralPorts.to) {
          const socket = `${row.inode} ${row.localAddress} ${row.localPort} ${row.scope ?? ""}`;
          const since = unsettled.get(socket) ?? at;
          stillUnsettled.set(socket, since);
          if (at - since < UDP_SETTLED_MS) continue;
        }
      } else if (row.state !== "listening") continue;
      add(listenerOf(row, at));
    }
    if (isComplete) unsettled = stillUnsettled;
    for (const listener of known.values()) {
      // What a failed source did not show has not vanished.
      const isUnread = !isComplete || unreadScopes?.has(listener.scope ?? "") === true;
      if (isUnread && listener.lastSeen === lastUpdate) listener.lastSeen = at;
      // The clock may have been set back.
      listener.lastSeen = Math.min(listener.lastSeen, at);
      if (at - listener.lastSeen > REMEMBERED_MS) remove(listener);
    }
    lastUpdate = at;
  }

  function find(protocol: Protocol, address: string, port: number, scope: string | undefined): KnownListener[] {
    const all = byPort.get(portKey(protocol, port, scope)) ?? [];
    return all.filter((listener) => covers(listener.address, address));
  }

  function ownerOf(protocol: Protocol, address: string, port: number, scope: string | undefined): Process | undefined {
    return find(protocol, address, port, scope)
      .filter((listener) => listener.process !== undefined)
      .toSorted(
        (left, right) =>
          Number(right.address === address) - Number(left.address === address) ||
          right.lastSeen - left.lastSeen ||
          compareText(listenerKey(left), listenerKey(right)),
      )[0]?.process;
  }

  function sorted(): KnownListener[] {
    return [...known].toSorted(([left], [right]) => compareText(left, right)).map(([, listener]) => listener);
  }

  return {
    update,
    isListenedOn: (...row) => find(...row).length > 0,
    ownerOf,
    current: () => sorted().filter((listener) => listener.lastSeen === lastUpdate),
    remembered: () => structuredClone(sorted()),
  };
}

function listenerOf(row: Observation, at: number): KnownListener {
  const listener: KnownListener = {
    protocol: row.protocol,
    address: row.localAddress,
    port: row.localPort,
    lastSeen: at,
  };
  if (row.scope !== undefined) listener.scope = row.scope;
  if (row.process !== undefined) listener.process = row.process;
  return listener;
}

/** A socket bound to IPv6's wildcard takes IPv4 too, unless it asked not to, which the tables do not show. */
function covers(listening: string, address: string): boolean {
  return listening === address || listening === "::" || (listening === "0.0.0.0" && !address.includes(":"));
}

function portKey(protocol: Protocol, port: number, scope: string | undefined): string {
  return `${protocol} ${port} ${scope ?? ""}`;
}

function listenerKey({ protocol, scope, address, port, process }: KnownListener): string {
  return `${protocol} ${scope ?? ""} ${String(port).padStart(5, "0")} ${address} ${processIdentity(process)}`;
}
