import { createAddressIndex } from "./address-index.ts";
import { createFlowDirector, dependencyKey, type DirectedEnd, type DirectedFlow, turn } from "./directed-flow.ts";
import { endpointId } from "./endpoint-id.ts";
import { createListenerIndex, type ListenerIndex } from "./listener-index.ts";
import { mergeFlows } from "./merge-flows.ts";
import { byText } from "./order.ts";
import { stableId } from "./stable-id.ts";
import type { Dependency, FlowEvidence, Host, ListenerEvidence } from "./types.ts";

export interface DependencyInput {
  flows: Iterable<FlowEvidence>;
  /** Managed and imported hosts; whoever is not among them becomes an unmanaged end. */
  hosts: readonly Host[];
  listeners: readonly ListenerEvidence[];
}

/**
 * The dependencies behind the flows that both ends reported, sorted by their key. What cannot be settled stays, marked
 * `guessed` or `unknown`. Only a flow whose server port the client's own reset wiped (port 0) is dropped, and that only
 * where the server's end tells of the same client: it saw that connection whole.
 *
 * Direction: a flow that either end observed settles every flow of the same pair and port; else a listener at exactly
 * one end does (`corrected`). A guess is turned round only where its client's port is known and the other end reports
 * the reverse on that port, since otherwise nothing says that the two reports mean the same connections.
 *
 * O(flows + d log d) for d dependencies.
 */
export function buildDependencies({ flows, hosts, listeners }: DependencyInput): Dependency[] {
  const direct = createFlowDirector(hosts, createAddressIndex(hosts));
  const byKey = new Map<string, [DirectedFlow, ...DirectedFlow[]]>();
  const add = (flow: DirectedFlow): void => {
    const key = dependencyKey(flow);
    const present = byKey.get(key);
    if (present) present.push(flow);
    else byKey.set(key, [flow]);
  };

  const unsettled: DirectedFlow[] = [];
  for (const evidence of flows) {
    const flow = direct(evidence);
    if (flow.direction === "observed") add(flow);
    else unsettled.push(flow);
  }
  const listenerIndex = createListenerIndex(listeners);
  const isObserved = (flow: DirectedFlow): boolean =>
    byKey.get(dependencyKey({ ...flow, direction: "observed" }))?.[0].direction === "observed";
  for (const flow of unsettled) add(settle(flow, isObserved, listenerIndex));

  const hostById = new Map(hosts.map((host) => [host.id, host]));
  const dependencies: Dependency[] = [];
  for (const key of [...byKey.keys()].sort(byText)) {
    const merged = byKey.get(key);
    if (merged) dependencies.push(withServer(mergeFlows(`d${stableId(key)}`, merged, hostById), listenerIndex));
    // The flows outweigh all else: whoever hands them over one by one has none left at the end.
    byKey.delete(key);
  }
  return withoutExplainedResets(dependencies);
}

function withoutExplainedResets(dependencies: Dependency[]): Dependency[] {
  if (!dependencies.some(isWiped)) return dependencies;
  const seenWhole = new Set(dependencies.filter(({ ends }) => ends !== "client").map(pairKey));
  return dependencies.filter((dependency) => !isWiped(dependency) || !seenWhole.has(pairKey(dependency)));
}

function isWiped({ serverPort, ends }: Dependency): boolean {
  return serverPort === 0 && ends === "client";
}

function pairKey(dependency: Dependency): string {
  return `${endpointId(dependency, "client")} ${endpointId(dependency, "server")} ${dependency.protocol}`;
}

/** Names the server's process by its listener where no flow of the server's end did: it kept no trace of short connections. */
function withServer(dependency: Dependency, listeners: ListenerIndex): Dependency {
  const { serverHost, protocol, serverAddress, serverPort, scope, direction } = dependency;
  if (dependency.serverProcesses.length > 0 || direction === "unknown") return dependency;
  const serverProcesses = listeners.owners(serverHost, protocol, serverAddress, serverPort, scope);
  return serverProcesses.length > 0 ? { ...dependency, serverProcesses } : dependency;
}

/** Whichever of the flow and its reverse the other evidence supports; as it is where that supports both or neither. */
function settle(
  flow: DirectedFlow,
  isObserved: (flow: DirectedFlow) => boolean,
  listeners: ListenerIndex,
): DirectedFlow {
  const reverse = turn(flow);
  for (const supports of [isObserved, (candidate: DirectedFlow) => serverListens(candidate, listeners)]) {
    const forward = supports(flow);
    const backward = reverse !== undefined && supports(reverse);
    if (forward !== backward) return { ...(forward || !reverse ? flow : reverse), direction: "corrected" };
  }
  return flow.direction === "unknown" && reverse ? ordered(flow, reverse) : flow;
}

function serverListens({ server, serverPort, evidence }: DirectedFlow, listeners: ListenerIndex): boolean {
  return listeners.listens(server.hostId, evidence.protocol, server.address, serverPort, evidence.scope);
}

/** Both ends call themselves the client of an unknown flow: one fixed order makes their reports one dependency. */
function ordered(flow: DirectedFlow, reverse: DirectedFlow): DirectedFlow {
  return byText(endText(flow.client, flow.clientPort), endText(flow.server, flow.serverPort)) <= 0 ? flow : reverse;
}

function endText(end: DirectedEnd, port: number | undefined): string {
  return `${end.endpoint}\n${end.address ?? ""}\n${port ?? ""}`;
}
