import { expect, test } from "vitest";
import { buildDependencies } from "./dependencies.ts";
import { buildGraph } from "./graph.ts";
import { graphDocument } from "./graph-document.ts";
import type { FlowEvidence, Host } from "./types.ts";
import { createZoneIndex } from "./zones.ts";

const host = (id: string, address: string): Host => ({
  id,
  name: `${id}-name`,
  site: "s",
  kind: "managed",
  addresses: [{ address, hostLocal: false }],
});
const hosts = [host("web", "10.0.1.1"), host("db", "10.0.2.1"), host("idle", "10.0.2.2"), host("out", "192.0.2.1")];
const flow = (client: string, server: string, serverPort: number, connections: number): FlowEvidence => ({
  site: "s",
  client: { address: client },
  server: { address: server, ...(server === "127.0.0.1" && { hostId: "db" }) },
  protocol: "tcp",
  serverPort,
  direction: "observed",
  seenFrom: "server",
  connectionsByDay: [{ day: "2026-11-01", connections }],
  failed: 0,
  firstSeen: serverPort,
  lastSeen: serverPort + 1,
  sources: ["proc-net"],
  countsAreExact: false,
});
const dependencies = buildDependencies({
  flows: [
    flow("10.0.1.1", "10.0.2.1", 5432, 2),
    flow("10.0.1.1", "10.0.2.1", 22, 1),
    flow("10.9.9.9", "10.0.1.1", 443, 5),
    flow("127.0.0.1", "127.0.0.1", 6379, 1),
    flow("192.0.2.1", "10.0.1.1", 443, 1),
  ],
  hosts,
  listeners: [],
});
const { zoneOf } = createZoneIndex(
  [
    { name: "dmz", cidr: "10.0.1.0/24", site: "s", kind: "servers" },
    { name: "data", cidr: "10.0.2.0/24", site: "s", kind: "servers" },
    { name: "office", cidr: "10.9.0.0/16", site: "s", kind: "clients" },
  ],
  [],
);

test("host level: every host and unmanaged peer is a node, services join on one edge", () => {
  const { nodes, edges } = graphDocument(buildGraph({ dependencies, hosts, zoneOf, level: "host" }));
  expect(nodes).toEqual([
    { id: "db", label: "db-name", kind: "managed", site: "s", zone: "data", hosts: 1 },
    { id: "idle", label: "idle-name", kind: "managed", site: "s", zone: "data", hosts: 1 },
    { id: "out", label: "out-name", kind: "managed", site: "s", hosts: 1 },
    { id: "u:s:10.9.9.9", label: "10.9.9.9", kind: "unmanaged", site: "s", zone: "office", hosts: 1 },
    { id: "web", label: "web-name", kind: "managed", site: "s", zone: "dmz", hosts: 1 },
  ]);
  expect(edges.map(({ source, target }) => [source, target])).toEqual([
    ["db", "db"],
    ["out", "web"],
    ["u:s:10.9.9.9", "web"],
    ["web", "db"],
  ]);
  expect(edges[3]).toEqual({
    source: "web",
    target: "db",
    dependencies: 2,
    connections: 3,
    services: ["tcp/22", "tcp/5432"],
    firstSeen: 22,
    lastSeen: 5433,
  });
});

test("zone level: loopback stays in its host's zone and what has no zone keeps a node", () => {
  const { nodes, edges } = graphDocument(buildGraph({ dependencies, hosts, zoneOf, level: "zone" }));
  expect(nodes.map(({ id, kind, hosts: count }) => [id, kind, count])).toEqual([
    ["(no zone)", "unzoned", 1],
    ["data", "servers", 2],
    ["dmz", "servers", 1],
    ["office", "clients", 1],
  ]);
  expect(edges.map(({ source, target, dependencies: count }) => [source, target, count])).toEqual([
    ["(no zone)", "dmz", 1],
    ["data", "data", 1],
    ["dmz", "data", 2],
    ["office", "dmz", 1],
  ]);
});

test("zone level: a host with addresses in two zones takes part where it was used", () => {
  const gateway: Host = {
    ...host("gate", "10.0.1.9"),
    addresses: [
      { address: "10.0.1.9", hostLocal: false },
      { address: "10.0.2.9", hostLocal: false },
    ],
  };
  const crossing = buildDependencies({
    flows: [flow("10.0.2.9", "10.0.2.1", 22, 1)],
    hosts: [...hosts, gateway],
    listeners: [],
  });
  const { edges } = graphDocument(buildGraph({ dependencies: crossing, hosts: [gateway], zoneOf, level: "zone" }));
  expect(edges).toMatchObject([{ source: "data", target: "data" }]);
});
