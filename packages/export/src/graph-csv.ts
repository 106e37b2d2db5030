import { csv } from "./csv.ts";
import type { CsvValue } from "./csv.ts";
import type { GraphView } from "./graph-json.ts";
import { rfc3339 } from "./text.ts";

const HEADER = [
  "source",
  "source_zone",
  "target",
  "target_zone",
  "dependencies",
  "connections",
  "services",
  "first_seen",
  "last_seen",
];

function* rows({ nodes, edges }: GraphView): Generator<CsvValue[]> {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  for (const edge of edges) {
    const source = byId.get(edge.source);
    const target = byId.get(edge.target);
    yield [
      source?.name ?? edge.source,
      source?.zone,
      target?.name ?? edge.target,
      target?.zone,
      edge.dependencies,
      edge.connections,
      edge.services.map(({ protocol, port }) => `${protocol}/${port}`).join(" "),
      rfc3339(edge.firstSeen),
      rfc3339(edge.lastSeen),
    ];
  }
}

/** The edges of the graph, one a line, by the names of their nodes. */
export function graphCsv(view: GraphView): Generator<string> {
  return csv(HEADER, rows(view));
}
