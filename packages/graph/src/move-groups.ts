import { UndirectedGraph } from "graphology";
import { connectedComponents } from "graphology-components";
import { affinities, type Affinity } from "./affinity.ts";
import { commonName } from "./group-name.ts";
import { byText } from "./order.ts";
import { isServer } from "./peers.ts";
import { stableId } from "./stable-id.ts";
import type { Dependency, Host, HostId, MoveGroup, SharedService } from "./types.ts";

/** Shared services below this are questions to the user ("platform?") and still tie their clients together. */
const TRUSTED = 0.5;
/** Above this many servers, chains of dependencies rather than one application hold a group together. */
const PLAUSIBLE_SIZE = 20;
const TIES_SHOWN = 5;

/**
 * First suggestion of what must move together: the connected components of the dependencies between servers that are
 * left when shared services are taken away. Unmanaged ends and client ranges tie nothing. Every managed or imported host
 * is in exactly one group; an isolated server and each shared service is a group of one. Sorted by name.
 *
 * Components over-merge in a large estate (the planning notes measured it); such groups say so in their reasons and carry
 * low confidence. O(hosts + dependencies).
 */
export function suggestGroups(
  dependencies: readonly Dependency[],
  hosts: readonly Host[],
  shared: readonly SharedService[],
): MoveGroup[] {
  const servers = hosts.filter(isServer).toSorted((a, b) => byText(a.id, b.id));
  const names = new Map(servers.map((host) => [host.id, host.name]));
  const trusted = new Map(
    shared
      .filter(({ source, confidence }) => source === "confirmed" || confidence >= TRUSTED)
      .map((service) => [service.hostId, service]),
  );
  const grouped = new Set(servers.filter((host) => !trusted.has(host.id)).map((host) => host.id));
  const pairs = affinities(dependencies, grouped).toSorted(
    (x, y) => y.weight - x.weight || byText(x.a, y.a) || byText(x.b, y.b),
  );
  const peers = countPeers(pairs);
  const graph = new UndirectedGraph();
  for (const host of grouped) graph.addNode(host);
  for (const { a, b } of pairs) graph.addEdge(a, b);

  const components = connectedComponents(graph).map((component) => component.sort(byText));
  const tiesOf = tiesByComponent(pairs, components);
  const groups = components.map((component, index) => {
    const hub = component.toSorted((x, y) => (peers.get(y) ?? 0) - (peers.get(x) ?? 0) || byText(x, y))[0] ?? "";
    const common = component.length > 1 ? commonName(component.map((host) => names.get(host) ?? host)) : undefined;
    const name = common ?? names.get(hub) ?? hub;
    return newGroup(component, name, names.get(hub) ?? hub, describe(component, tiesOf[index] ?? [], names));
  });
  const alone = servers.flatMap(({ id, name }) => {
    const service = trusted.get(id);
    if (!service) return [];
    const reasons = ["a shared service: it ties nothing together and moves alone", ...service.reasons];
    return [newGroup([id], name, name, { confidence: service.confidence, reasons })];
  });
  return withUniqueNames([...groups, ...alone]);
}

type Grounds = Pick<MoveGroup, "confidence" | "reasons">;

function newGroup(hosts: HostId[], name: string, hub: string, grounds: Grounds): MoveGroup & { hub: string } {
  return { id: `g${stableId(hosts.join("\n"))}`, name, hosts, ...grounds, source: "suggested", hub };
}

function describe(hosts: readonly HostId[], ties: readonly Affinity[], names: ReadonlyMap<HostId, string>): Grounds {
  if (hosts.length === 1) {
    return { confidence: 0.5, reasons: ["no dependency on another server was seen, shared services apart"] };
  }
  const reasons = ties.slice(0, TIES_SHOWN).map((tie) => tieInWords(tie, names));
  if (ties.length > TIES_SHOWN) reasons.push(`and ${ties.length - TIES_SHOWN} more pairs of servers`);
  if (hosts.length <= PLAUSIBLE_SIZE) return { confidence: 0.7, reasons };
  const warning = `${hosts.length} servers hang together by chains of dependencies; probably more than one application`;
  return { confidence: 0.3, reasons: [warning, ...reasons] };
}

function tieInWords({ a, b, dependencies }: Affinity, names: ReadonlyMap<HostId, string>): string {
  const services = [...new Set(dependencies.map(({ protocol, serverPort }) => `${protocol}/${serverPort}`))].sort(
    byText,
  );
  const connections = dependencies.reduce((sum, dependency) => sum + dependency.connections, 0);
  const shown = services.slice(0, 4).join(", ") + (services.length > 4 ? ` and ${services.length - 4} more` : "");
  return `${names.get(a) ?? a} and ${names.get(b) ?? b}: ${shown}, ${connections} connections`;
}

function countPeers(pairs: readonly Affinity[]): Map<HostId, number> {
  const peers = new Map<HostId, number>();
  for (const { a, b } of pairs) for (const host of [a, b]) peers.set(host, (peers.get(host) ?? 0) + 1);
  return peers;
}

/** The pairs inside each component, strongest first. */
function tiesByComponent(pairs: readonly Affinity[], components: readonly HostId[][]): Affinity[][] {
  const componentOf = new Map(
    components.flatMap((component, index) => component.map((host) => [host, index] as const)),
  );
  const ties: Affinity[][] = components.map(() => []);
  for (const pair of pairs) ties[componentOf.get(pair.a) ?? -1]?.push(pair);
  return ties;
}

/** Two groups that would bear the same name get their best-connected host's behind it. */
function withUniqueNames(groups: readonly (MoveGroup & { hub: string })[]): MoveGroup[] {
  const uses = new Map<string, number>();
  for (const { name } of groups) uses.set(name, (uses.get(name) ?? 0) + 1);
  return groups
    .map(({ hub, name, ...group }) =>
      Object.assign(group, { name: (uses.get(name) ?? 0) > 1 && hub !== name ? `${name} (${hub})` : name }),
    )
    .sort((a, b) => byText(a.name, b.name) || byText(a.id, b.id));
}
