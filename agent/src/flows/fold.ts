import type { Flow, Process } from "@portolan/protocol";
import { isLoopback } from "../sampling/loopback.ts";
import { clientNetwork } from "./client-network.ts";
import type { Direction } from "./direction.ts";
import { compareText, processIdentity } from "./identity.ts";
import { guessBySharedPorts } from "./shared-ports.ts";
import type { Tuple } from "../sampling/tuple.ts";

/** What one window saw of one connection, or of all that fold into one flow. */
export interface Sighting extends Direction, Tuple {
  process: Process | undefined;
  connections: number;
  failed: number;
  /** Milliseconds since 1970. */
  firstSeen: number;
  lastSeen: number;
  /** Payload of connections that ended. */
  bytesSent?: number | undefined;
  bytesReceived?: number | undefined;
  sources: readonly string[];
}

interface Folded extends Omit<Sighting, "sources"> {
  sources: string[];
  /** Where the remote end is a network: the clients of it that were seen. */
  clients?: Set<string>;
}

/** Clients of one network that are told apart when they are counted; a /24 has no more. */
const MOST_CLIENTS = 256;

/** Folds sightings by (direction, addresses, protocol, server port, scope, process); the client's port goes. */
export interface Fold {
  add(sighting: Sighting): void;
  /** Gives a guessed direction to what nothing but the company it keeps can explain. */
  guessUnknown(): void;
  /** The flows in order of their key; `process` is the index that `indexOf` gives. */
  flows(indexOf: (process: Process) => number): Flow[];
  processes(): Process[];
}

/**
 * @param mostFlows above so many, clients are folded into their /24 or /64 for the rest of the window: a server that all
 * the world calls must not fill the memory. Nothing but their addresses is lost, and how many there were is said. What
 * this host itself calls is never folded, and so not bounded by it.
 */
export function createFold(mostFlows: number): Fold {
  const folded = new Map<string, Folded>();
  let foldsClients = false;

  function add(sighting: Sighting): void {
    merge(foldsClients ? foldClient(sighting) : sighting);
  }

  function foldAll(): void {
    foldsClients = true;
    const flows = [...folded.values()];
    folded.clear();
    for (const flow of flows) merge(foldClient(flow));
  }

  function merge(flow: Sighting & Pick<Folded, "clients">): void {
    const key = flowKey(flow);
    const existing = folded.get(key);
    if (existing === undefined) {
      folded.set(key, { ...flow, sources: [...flow.sources] });
      if (folded.size > mostFlows && !foldsClients) foldAll();
      return;
    }
    for (const client of flow.clients ?? []) {
      if (existing.clients && existing.clients.size < MOST_CLIENTS) existing.clients.add(client);
    }
    existing.connections += flow.connections;
    existing.failed += flow.failed;
    existing.bytesSent = sum(existing.bytesSent, flow.bytesSent);
    existing.bytesReceived = sum(existing.bytesReceived, flow.bytesReceived);
    existing.firstSeen = Math.min(existing.firstSeen, flow.firstSeen);
    existing.lastSeen = Math.max(existing.lastSeen, flow.lastSeen);
    // One connection whose direction was seen proves it for the port.
    existing.guessed &&= flow.guessed;
    for (const source of flow.sources) if (!existing.sources.includes(source)) existing.sources.push(source);
  }

  function guessUnknown(): void {
    const unknown = [...folded].filter(([, flow]) => flow.direction === "unknown");
    const guess = guessBySharedPorts(unknown.map(([, flow]) => flow));
    for (const [key, flow] of unknown) {
      const direction = guess(flow);
      if (direction === undefined) continue;
      folded.delete(key);
      merge({ ...flow, direction, guessed: true });
    }
  }

  function flows(indexOf: (process: Process) => number): Flow[] {
    return [...folded]
      .toSorted(([left], [right]) => compareText(left, right))
      .map(([, flow]) => flowOf(flow, flow.process === undefined ? undefined : indexOf(flow.process)));
  }

  function processes(): Process[] {
    return [...folded.values()].flatMap((flow) => (flow.process === undefined ? [] : [flow.process]));
  }

  return { add, guessUnknown, flows, processes };
}

/** Only what comes in has clients at its remote end. Loopback has but one. */
function foldClient<Flow extends Sighting>(flow: Flow): Flow & Pick<Folded, "clients"> {
  const { direction, remoteAddress } = flow;
  if (direction !== "inbound" || isLoopback(remoteAddress) || remoteAddress.includes("/")) return flow;
  return { ...flow, remoteAddress: clientNetwork(remoteAddress), clients: new Set([remoteAddress]) };
}

/** What is not known of one of them adds nothing. */
function sum(left: number | undefined, right: number | undefined): number | undefined {
  return left === undefined ? right : left + (right ?? 0);
}

function flowKey(sighting: Omit<Sighting, "sources">): string {
  const { direction, protocol, localAddress, localPort, remoteAddress, remotePort, scope, process } = sighting;
  const ports =
    direction === "unknown" ? `${portText(localPort)} ${portText(remotePort)}` : portText(serverPort(sighting));
  // Not a template: see tupleKey.
  return [direction, protocol, scope ?? "", localAddress, remoteAddress, ports, processIdentity(process)].join(" ");
}

function serverPort({
  direction,
  localPort,
  remotePort,
}: Pick<Sighting, "direction" | "localPort" | "remotePort">): number {
  return direction === "inbound" ? localPort : remotePort;
}

function portText(port: number): string {
  return String(port).padStart(5, "0");
}

function flowOf(flow: Folded, process: number | undefined): Flow {
  const common = {
    protocol: flow.protocol,
    localAddress: flow.localAddress,
    remoteAddress: flow.remoteAddress,
    ...(flow.scope === undefined ? {} : { scope: flow.scope }),
    ...(process === undefined ? {} : { process }),
    ...(flow.clients === undefined ? {} : { folded: flow.clients.size }),
    connections: flow.connections,
    ...(flow.failed === 0 ? {} : { failed: flow.failed }),
    ...(flow.bytesSent === undefined ? {} : { bytesSent: flow.bytesSent }),
    ...(flow.bytesReceived === undefined ? {} : { bytesReceived: flow.bytesReceived }),
    firstSeen: new Date(flow.firstSeen).toISOString(),
    lastSeen: new Date(flow.lastSeen).toISOString(),
    sources: flow.sources.toSorted(compareText),
  };
  if (flow.direction === "unknown") {
    return { ...common, direction: flow.direction, localPort: flow.localPort, remotePort: flow.remotePort };
  }
  const directed = { ...common, direction: flow.direction, serverPort: serverPort(flow) };
  return flow.guessed ? { ...directed, guessed: true } : directed;
}
