import { endpointId, type Dependency } from "@portolan/graph";
import { expect, test } from "vitest";
import { dependencyColumns, dependencyTable, type DependencyFilter } from "./dependency-table.ts";

/** Synthetic: 300 dependencies among 10 hosts and 5 peers that nobody knows; h<n> lies in zone z<n % 3>, peers in none. */
const hosts = Array.from({ length: 10 }, (_, index) => ({ id: `h${index}`, site: "seoul" }));
const peers = Array.from({ length: 5 }, (_, index) => ({ id: `u:seoul:192.0.2.${index}`, site: "seoul" }));
const dependencies: Dependency[] = Array.from({ length: 300 }, (_, index) => {
  const server = (index * 7) % 10;
  const client = index % 15;
  return {
    id: `d${index.toString(16).padStart(16, "0")}`,
    site: "seoul",
    clientAddress: client < 10 ? `10.0.0.${client}` : `192.0.2.${client - 10}`,
    ...(client < 10 && { clientHost: `h${client}` }),
    serverAddress: `10.0.0.${server}`,
    serverHost: `h${server}`,
    protocol: "tcp",
    serverPort: [443, 1433, 22][index % 3] ?? 0,
    clientProcesses: [],
    serverProcesses: ["nginx"],
    connections: index,
    lowerBound: true,
    failed: 0,
    firstSeen: index,
    lastSeen: index + 1,
    days: ["2026-11-20"],
    ends: "client",
    sources: ["proc-net"],
    direction: "observed",
  };
});
const zoneOf = (address: string) => {
  const [, last] = /^10\.0\.0\.(\d+)$/.exec(address) ?? [];
  return last === undefined ? undefined : { name: `z${Number(last) % 3}`, kind: "servers" as const, isSegment: false };
};
const allHosts = [...hosts, ...peers];
const table = dependencyTable(structuredClone(dependencyColumns({ dependencies, hosts: allHosts, zoneOf })));

function expected({ host, zone, port }: DependencyFilter): Dependency[] {
  const id = host === undefined ? undefined : allHosts[host]?.id;
  return dependencies.filter(
    (entry) =>
      (id === undefined || endpointId(entry, "client") === id || endpointId(entry, "server") === id) &&
      (port === undefined || entry.serverPort === port) &&
      (zone === undefined ||
        [entry.clientAddress, entry.serverAddress].some((address) => zoneOf(address ?? "")?.name === zone)),
  );
}

function paged(filter: DependencyFilter, limit: number): Dependency[] {
  const found: Dependency[] = [];
  for (;;) {
    const page = table.page(filter, limit, found.at(-1)?.id);
    if (!page) throw new Error("the cursor is not known");
    found.push(...page.items);
    if (!page.hasMore) return found;
    expect(page.items).toHaveLength(limit);
  }
}

test.each<DependencyFilter>([
  {},
  { host: 3 },
  { host: 12 },
  { port: 1433 },
  { port: 80 },
  { zone: "z1" },
  { zone: "z9" },
  { host: 3, port: 22, zone: "z0" },
])("the pages of %o are, together, what the filter lets through", (filter) => {
  for (const limit of [1, 7, 1000]) expect(paged(filter, limit)).toEqual(expected(filter));
});

test("a list that ends with its page says so", () => {
  expect(table.page({}, 300)?.hasMore).toBe(false);
  expect(table.page({}, 299)?.hasMore).toBe(true);
});

test("an id that nothing has is no place to go on from", () => {
  expect(table.page({}, 10, "dffffffffffffffff")).toBeUndefined();
});

test("the servers of a port are those that were called on it", () => {
  const called = dependencies
    .filter((entry) => entry.serverPort === 22)
    .map((entry) => Number(entry.serverHost?.slice(1)));
  expect(table.serversOn(22)).toEqual(new Set(called));
  expect(table.serversOn(80)).toEqual(new Set());
});

test("all are all, in their order", () => {
  expect(table.all()).toEqual(dependencies);
});
