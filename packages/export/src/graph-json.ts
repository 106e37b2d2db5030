import type { Protocol } from "@portolan/protocol";
import { rfc3339 } from "./text.ts";

interface GraphNode {
  id: string;
  name: string;
  /** Kind of host, or of zone. */
  kind: string;
  site?: string;
  zone?: string;
  /** True of a shared service. */
  shared?: boolean;
  /** Number of hosts that the node stands for. */
  hosts?: number;
  addresses?: readonly string[];
}

interface GraphEdge {
  source: string;
  target: string;
  /** Number of dependencies. */
  dependencies: number;
  connections: number;
  services: readonly { protocol: Protocol; port: number }[];
  /** Milliseconds since 1970 UTC. */
  firstSeen: number;
  lastSeen: number;
}

/** The dependency graph at one level, as the graph exports take it. */
export interface GraphView {
  level: "host" | "zone";
  revision: number;
  /** Milliseconds since 1970 UTC. */
  asOf: number;
  nodes: readonly GraphNode[];
  edges: readonly GraphEdge[];
}

type EdgeJson = Omit<GraphEdge, "services" | "firstSeen" | "lastSeen"> & {
  services: { protocol: Protocol; port: number }[];
  firstSeen: string;
  lastSeen: string;
};
type NodeJson = Omit<GraphNode, "addresses"> & { addresses?: string[] };

export interface GraphJson {
  level: "host" | "zone";
  revision: number;
  asOf: string;
  nodes: NodeJson[];
  edges: EdgeJson[];
}

function nodeJson({ addresses, ...node }: GraphNode): NodeJson {
  return addresses === undefined ? node : { ...node, addresses: [...addresses] };
}

function edgeJson({ services, firstSeen, lastSeen, ...edge }: GraphEdge): EdgeJson {
  return { ...edge, services: [...services], firstSeen: rfc3339(firstSeen), lastSeen: rfc3339(lastSeen) };
}

/** The graph for drawing and for files: times in RFC 3339 UTC, nodes and edges in the given order. */
export function graphJson(view: GraphView): GraphJson {
  return {
    level: view.level,
    revision: view.revision,
    asOf: rfc3339(view.asOf),
    nodes: view.nodes.map(nodeJson),
    edges: view.edges.map(edgeJson),
  };
}
