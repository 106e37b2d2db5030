import { UndirectedGraph } from "graphology";
import louvainModule from "graphology-communities-louvain";
import type { Affinity } from "./affinity.ts";
import { byText } from "./order.ts";
import type { HostId } from "./types.ts";

// The package is CommonJS and exports the function itself; its types claim an ES default inside.
const louvain = louvainModule as unknown as typeof louvainModule.default;

/**
 * A rough division of the hosts into communities by number: Louvain (Blondel et al. 2008) in a fixed order, without a
 * random walk. Its resolution limit makes it unfit for move groups; to see who stands between many communities it will do.
 */
export function communitiesOf(pairs: readonly Affinity[], hosts: Iterable<HostId>): Map<HostId, number> {
  const graph = new UndirectedGraph<Record<string, never>, { weight: number }>();
  for (const host of [...hosts].sort(byText)) graph.addNode(host);
  const ordered = pairs.toSorted((x, y) => byText(x.a, y.a) || byText(x.b, y.b));
  for (const { a, b, weight } of ordered) {
    if (weight > 0) graph.addEdge(a, b, { weight });
  }
  if (graph.size === 0) return new Map(graph.mapNodes((node, _attributes) => [node, 0]));
  return new Map(Object.entries(louvain(graph, { getEdgeWeight: "weight", randomWalk: false })));
}
