import { endpointId } from "../endpoint-id.ts";
import { byText, sortedText } from "../order.ts";
import type { Dependency } from "../types.ts";
import { suspectLicenceService } from "./licence-services.ts";
import { suspectLinkedServer } from "./linked-servers.ts";
import type { SuspectedDependency, Suspicion } from "./types.ts";

type Ends = SuspectedDependency["ends"];

/** What is to be known of the evidence besides what it suggests. */
function caveats({ direction, connections, connectedBefore, ends, clientProcesses }: Dependency, own: Suspicion) {
  const others = clientProcesses.filter((process) => !own.clientProcesses.includes(process));
  const isUnanswered = connections === 0 && ends === "client" && connectedBefore !== true;
  return [
    ...(direction === "guessed" ? ["who called whom is guessed"] : []),
    ...(isUnanswered ? ["no attempt is known to have got through"] : []),
    ...(others.length > 0 ? [`the counts are those of ${others.join(", ")} as well`] : []),
  ];
}

function suspected(dependency: Dependency): SuspectedDependency | undefined {
  if (dependency.direction === "unknown") return undefined;
  const [client, server] = [endpointId(dependency, "client"), endpointId(dependency, "server")];
  // What stays within a host moves with it.
  if (client === server) return undefined;
  const suspicion = suspectLinkedServer(dependency) ?? suspectLicenceService(dependency);
  if (!suspicion) return undefined;
  const { serverAddress, protocol, serverPort, connections, lowerBound, failed, firstSeen, lastSeen } = dependency;
  return {
    ...suspicion,
    client,
    server,
    serverAddresses: serverAddress === undefined ? [] : [serverAddress],
    protocol,
    port: serverPort,
    serverProcesses: dependency.serverProcesses,
    reasons: [...suspicion.reasons, ...caveats(dependency, suspicion)],
    connections,
    lowerBound,
    failed,
    firstSeen,
    lastSeen,
    ends: dependency.ends,
    sources: dependency.sources,
  };
}

const joinedEnds = (a: Ends, b: Ends): Ends => (a === b ? a : "both");
const union = (a: readonly string[], b: readonly string[]) => sortedText(new Set([...a, ...b]));

/** The surer first; of equals always the same. */
const bySureness = (a: SuspectedDependency, b: SuspectedDependency) =>
  b.confidence - a.confidence || byText(a.reasons.join("\n"), b.reasons.join("\n"));

/** The same service by another address or network namespace; the surer of the two says why. */
function joined(a: SuspectedDependency, b: SuspectedDependency): SuspectedDependency {
  const [surer = a] = [a, b].sort(bySureness);
  return {
    ...surer,
    serverAddresses: union(a.serverAddresses, b.serverAddresses),
    clientProcesses: union(a.clientProcesses, b.clientProcesses),
    serverProcesses: union(a.serverProcesses, b.serverProcesses),
    connections: a.connections + b.connections,
    lowerBound: a.lowerBound || b.lowerBound,
    failed: a.failed + b.failed,
    firstSeen: Math.min(a.firstSeen, b.firstSeen),
    lastSeen: Math.max(a.lastSeen, b.lastSeen),
    ends: joinedEnds(a.ends, b.ends),
    sources: union(a.sources, b.sources),
  };
}

const keyOf = ({ client, kind, server, protocol, port }: SuspectedDependency) =>
  [client, kind, server, protocol, String(port).padStart(5, "0")].join("\n");

/**
 * What flows suggest about addresses that hosts need: database engines that call other engines, and clients of licence
 * services. The dependencies name the server's process by its listener where no flow did. Sorted by client, kind, server
 * and port. O(dependencies).
 */
export function suspectDependencies(dependencies: readonly Dependency[]): SuspectedDependency[] {
  const found = new Map<string, SuspectedDependency>();
  for (const dependency of dependencies) {
    const one = suspected(dependency);
    if (!one) continue;
    const key = keyOf(one);
    const known = found.get(key);
    found.set(key, known ? joined(known, one) : one);
  }
  return [...found].sort(([a], [b]) => byText(a, b)).map(([, one]) => one);
}
