import { expect, test } from "vitest";
import { graphCsv } from "./graph-csv.ts";
import { graphJson } from "./graph-json.ts";
import type { GraphView } from "./graph-json.ts";

const SYNTHETIC: GraphView = {
  level: "host",
  revision: 12,
  asOf: 1_000,
  nodes: [
    { id: "h1", name: "web01", kind: "managed", site: "seoul", zone: "web", shared: false, addresses: ["10.1.1.11"] },
    { id: "u:1", name: "=10.9.9.9", kind: "unmanaged" },
  ],
  edges: [
    {
      source: "u:1",
      target: "h1",
      dependencies: 2,
      connections: 40,
      services: [
        { protocol: "tcp", port: 443 },
        { protocol: "udp", port: 443 },
      ],
      firstSeen: 0,
      lastSeen: 60_000,
    },
  ],
};

test("JSON keeps nodes and edges, times as RFC 3339", () => {
  const [edge] = SYNTHETIC.edges;
  expect(graphJson(SYNTHETIC)).toEqual({
    level: "host",
    revision: 12,
    asOf: "1970-01-01T00:00:01.000Z",
    nodes: SYNTHETIC.nodes,
    edges: [{ ...edge, firstSeen: "1970-01-01T00:00:00.000Z", lastSeen: "1970-01-01T00:01:00.000Z" }],
  });
});

test("CSV names the ends of each edge", () => {
  expect([...graphCsv(SYNTHETIC)]).toEqual([
    "\uFEFFsource,source_zone,target,target_zone,dependencies,connections,services,first_seen,last_seen\r\n",
    "'=10.9.9.9,,web01,web,2,40,tcp/443 udp/443,1970-01-01T00:00:00.000Z,1970-01-01T00:01:00.000Z\r\n",
  ]);
});
