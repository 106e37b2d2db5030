import { DirectedGraph } from "graphology";
import { endpointId } from "./endpoint-id.ts";
import { byText, sortedText } from "./order.ts";
import type { Dependency, Host, HostId, HostKind, ZoneMatch } from "./types.ts";
import { unmanagedHosts } from "./unmanaged-hosts.ts";
import type { ZoneIndex } from "./zones.ts";

/** What a node of the graph stands for. */
export type GraphLevel = "host" | "zone";

export interface GraphInput {
  dependencies: readonly Dependency[];
  hosts: readonly Host[];
  zoneOf: ZoneIndex["zoneOf"];
  level: GraphLevel;
}

export interface NodeAttributes {
  label: string;
  kind: HostKind | ZoneMatch["kind"] | "unzoned";
  /** Absent at zone level: a zone may span sites. */
  site?: string;
  /** Name of the zone; absent where none holds the host. */
  zone?: string;
  /** Hosts whose place this is: 1 at host level. */
  hosts: number;
}

export interface EdgeAttributes {
  /** Number of dependencies. */
  dependencies: number;
  connections: number;
  /** Sorted "protocol/port". */
  services: string[];
  /** Milliseconds since 1970 UTC. */
  firstSeen: number;
  lastSeen: number;
}

export type DependencyGraph = DirectedGraph<NodeAttributes, EdgeAttributes>;

/** Node that stands for everything outside all zones, so that nothing vanishes from the zone level. */
const UNZONED = "(no zone)";

interface Place {
  node: string;
  attributes: NodeAttributes;
}

type End = "client" | "server";

/**
 * The dependency graph, client → server; a dependency within one node is a self-loop. At host level every host is a
 * node, with or without dependencies, and every unmanaged end too; at zone level every zone that holds one.
 *
 * A host lies in the zone of the first of its addresses (in text order) that has one; at zone level a dependency goes
 * by the addresses it used, and by its host's zone where those lie in none (loopback).
 * O(hosts + dependencies).
 */
export function buildGraph({ dependencies, hosts, zoneOf, level }: GraphInput): DependencyGraph {
  const graph: DependencyGraph = new DirectedGraph<NodeAttributes, EdgeAttributes>();
  const sites = new Map<HostId, string>();
  const places = new Map<HostId, Place>();
  const nowhere = zonePlace(undefined, 0);
  const addNode = ({ node, attributes }: Place): string => {
    if (!graph.hasNode(node)) graph.addNode(node, attributes);
    else if (attributes.hosts > 0) graph.updateNodeAttribute(node, "hosts", (count) => (count ?? 0) + 1);
    return node;
  };
  for (const host of [...hosts, ...unmanagedHosts(dependencies)]) {
    if (places.has(host.id)) continue;
    const zone = zoneOfHost(host, zoneOf);
    const place = level === "host" ? hostPlace(host, zone) : zonePlace(zone, 1);
    sites.set(host.id, host.site);
    places.set(host.id, place);
    addNode(place);
  }

  const nodeOf = (dependency: Dependency, end: End): string => {
    const id = endpointId(dependency, end);
    const address = end === "client" ? dependency.clientAddress : dependency.serverAddress;
    const zone =
      level === "zone" && address !== undefined ? zoneOf(address, sites.get(id) ?? dependency.site) : undefined;
    if (zone) return graph.hasNode(zone.name) ? zone.name : addNode(zonePlace(zone, 0));
    return places.get(id)?.node ?? addNode(nowhere);
  };
  for (const { source, target, services, ...edge } of collectEdges(dependencies, nodeOf)) {
    graph.addEdge(source, target, { ...edge, services: sortedText(services) });
  }
  return graph;
}

type EdgeInProgress = Omit<EdgeAttributes, "services"> & { source: string; target: string; services: Set<string> };

function collectEdges(
  dependencies: readonly Dependency[],
  nodeOf: (dependency: Dependency, end: End) => string,
): Iterable<EdgeInProgress> {
  const edges = new Map<string, EdgeInProgress>();
  for (const dependency of dependencies) {
    const source = nodeOf(dependency, "client");
    const target = nodeOf(dependency, "server");
    const { connections, firstSeen, lastSeen } = dependency;
    const service = `${dependency.protocol}/${dependency.serverPort}`;
    const key = `${source}\n${target}`;
    const edge = edges.get(key);
    if (edge) {
      edge.dependencies += 1;
      edge.connections += connections;
      edge.services.add(service);
      edge.firstSeen = Math.min(edge.firstSeen, firstSeen);
      edge.lastSeen = Math.max(edge.lastSeen, lastSeen);
    } else {
      edges.set(key, {
        source,
        target,
        dependencies: 1,
        connections,
        services: new Set([service]),
        firstSeen,
        lastSeen,
      });
    }
  }
  return edges.values();
}

function hostPlace(host: Host, zone: ZoneMatch | undefined): Place {
  const { id, name, kind, site } = host;
  return { node: id, attributes: { label: name, kind, site, ...(zone && { zone: zone.name }), hosts: 1 } };
}

function zonePlace(zone: ZoneMatch | undefined, hosts: number): Place {
  const label = zone?.name ?? UNZONED;
  return { node: label, attributes: { label, kind: zone?.kind ?? "unzoned", ...(zone && { zone: label }), hosts } };
}

function zoneOfHost(host: Host, zoneOf: ZoneIndex["zoneOf"]): ZoneMatch | undefined {
  const addresses = host.addresses
    .filter(({ hostLocal }) => !hostLocal)
    .map(({ address, prefix }) =>
      host.kind === "unmanaged" && prefix !== undefined ? `${address}/${prefix}` : address,
    );
  for (const address of addresses.sort(byText)) {
    const zone = zoneOf(address, host.site);
    if (zone) return zone;
  }
  return undefined;
}
