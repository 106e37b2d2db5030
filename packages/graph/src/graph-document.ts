import type { DependencyGraph, EdgeAttributes, NodeAttributes } from "./graph.ts";
import { byText } from "./order.ts";

/** The graph as plain JSON, nodes sorted by id, edges by source and target. */
export interface GraphDocument {
  nodes: ({ id: string } & NodeAttributes)[];
  edges: ({ source: string; target: string } & EdgeAttributes)[];
}

/** Writes a graph down for the API and for export. O(n log n + m log m). */
export function graphDocument(graph: DependencyGraph): GraphDocument {
  return {
    nodes: graph.mapNodes((id, attributes) => ({ id, ...attributes })).sort((a, b) => byText(a.id, b.id)),
    edges: graph
      .mapEdges((_edge, attributes, source, target) => ({ source, target, ...attributes }))
      .sort((a, b) => byText(a.source, b.source) || byText(a.target, b.target)),
  };
}
