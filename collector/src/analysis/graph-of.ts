import type { GraphView } from "@portolan/export";
import { buildGraph, endpointId, graphDocument } from "@portolan/graph";
import type { Protocol } from "@portolan/protocol";
import type { Analysis } from "./analysis.ts";

/** "tcp/443" as the graph writes it. */
function serviceOf(text: string): { protocol: Protocol; port: number } {
  const [protocol, port] = text.split("/");
  return { protocol: protocol === "udp" ? "udp" : "tcp", port: Number(port) };
}

/** The graph of an analysis at one level; with `hideShared` without the hosts that serve nearly everybody. */
export function graphViewOf(analysis: Analysis, level: "host" | "zone", hideShared = false): GraphView {
  const shared = new Set(analysis.shared.map((entry) => entry.hostId));
  const hidden = hideShared ? shared : new Set<string>();
  const addresses = new Map(
    analysis.allHosts.map((host) => [
      host.id,
      host.addresses.filter((entry) => !entry.hostLocal).map((entry) => entry.address),
    ]),
  );
  const graph = buildGraph({
    dependencies: analysis.dependencies
      .all()
      .filter((entry) => !hidden.has(endpointId(entry, "client")) && !hidden.has(endpointId(entry, "server"))),
    hosts: analysis.allHosts.filter((host) => !hidden.has(host.id)),
    zoneOf: analysis.zoneOf,
    level,
  });
  const { nodes, edges } = graphDocument(graph);
  return {
    level,
    revision: analysis.revision,
    asOf: analysis.asOf,
    nodes: nodes.map(({ label, ...node }) => ({
      ...node,
      name: label,
      ...(level === "host" && { shared: shared.has(node.id), addresses: addresses.get(node.id) ?? [] }),
    })),
    edges: edges.map((edge) => ({ ...edge, services: edge.services.map(serviceOf) })),
  };
}
