import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { buildDependencies } from "./dependencies.ts";
import type { FlowEvidence, Host, ListenerEvidence } from "./types.ts";
import { unmanagedHosts } from "./unmanaged-hosts.ts";

const hosts: Host[] = [
  { id: "web", name: "web", site: "s", kind: "managed", addresses: [{ address: "10.0.1.1", hostLocal: false }] },
  { id: "db", name: "db", site: "s", kind: "managed", addresses: [{ address: "10.0.2.1", hostLocal: false }] },
];
const WEB = "10.0.1.1";
const DB = "10.0.2.1";

function seen(from: "web" | "db", flow: Partial<FlowEvidence> & Pick<FlowEvidence, "client" | "server">): FlowEvidence {
  const address = from === "web" ? WEB : DB;
  const seenFrom = flow.client.address === address ? "client" : "server";
  return {
    site: "s",
    protocol: "tcp",
    serverPort: 5432,
    direction: "observed",
    seenFrom,
    connectionsByDay: [{ day: "2026-11-01", connections: 1 }],
    failed: 0,
    firstSeen: 100,
    lastSeen: 200,
    sources: ["proc-net"],
    countsAreExact: false,
    ...flow,
    [seenFrom]: { ...flow[seenFrom], hostId: from },
  };
}

const toDb = { client: { address: WEB }, server: { address: DB } };
const listener: ListenerEvidence = { hostId: "db", protocol: "tcp", address: "0.0.0.0", port: 5432 };

function day(connections: number) {
  return [{ day: "2026-11-01", connections }];
}

function local(hostId: string, scope?: string): FlowEvidence {
  const end = { address: "127.0.0.1", hostId };
  return { ...seen("web", toDb), client: end, server: end, ...(scope && { scope }) };
}

function build(flows: FlowEvidence[], listeners: ListenerEvidence[] = []) {
  const dependencies = buildDependencies({ flows, hosts, listeners });
  expect(buildDependencies({ flows: flows.toReversed(), hosts, listeners })).toEqual(dependencies);
  return dependencies;
}

const byMonth = (
  from: "web" | "db",
  days: string[],
  connections: number,
  more: Partial<FlowEvidence> & { lowerBound?: boolean } = {},
): FlowEvidence => {
  const { lowerBound, ...flow } = more;
  const observer = from === "web" ? toDb : { client: { address: WEB }, server: { address: DB } };
  const ends = from === "web" ? seen("web", observer) : { ...seen("db", observer), seenFrom: "server" as const };
  return {
    ...ends,
    connectionsByDay: [],
    connectionsByMonth: [{ days, connections, ...(lowerBound !== undefined && { lowerBound }) }],
    ...flow,
  };
};

const isLowerBound = (...flows: FlowEvidence[]) => build(flows)[0]?.lowerBound;

describe("days that are counted by month", () => {
  const [first, second] = ["2026-08-01", "2026-08-02"];

  test("are days of the dependency, whose counts are those of all", () => {
    const [dependency] = build([byMonth("web", [second], 5, { connectionsByDay: day(2) }), byMonth("web", [first], 1)]);
    expect(dependency).toMatchObject({ connections: 8, days: [first, second, "2026-11-01"], lowerBound: true });
  });

  test("of ends that watched the same days the larger, of ends that watched one after the other the sum", () => {
    expect(build([byMonth("web", [first, second], 5), byMonth("db", [second], 7)])).toMatchObject([
      { connections: 7, days: [first, second], ends: "both" },
    ]);
    expect(build([byMonth("web", [first], 5), byMonth("db", [second], 7)])).toMatchObject([{ connections: 12 }]);
  });

  test("are exact where one end missed nothing on all of them, and the period holds them all", () => {
    const exact = { countsAreExact: true };
    expect(isLowerBound(byMonth("web", [first, second], 5, exact), byMonth("db", [second], 4))).toBe(false);
    expect(isLowerBound(byMonth("web", [first], 5, exact), byMonth("db", [second], 4))).toBe(true);
    expect(isLowerBound(byMonth("web", [first], 0, { ...exact, lowerBound: true }))).toBe(true);
  });
});

describe("both ends of a flow", () => {
  test("become one dependency with the processes, days and sources of both", () => {
    const dependencies = build([
      seen("web", { client: { address: WEB, process: "nginx" }, server: { address: DB }, firstSeen: 50 }),
      seen("db", {
        client: { address: WEB },
        server: { address: DB, process: "postgres" },
        lastSeen: 900,
        connectionsByDay: [{ day: "2026-11-02", connections: 4 }],
        sources: ["trace"],
      }),
    ]);
    expect(dependencies).toHaveLength(1);
    expect(dependencies[0]).toMatchObject({
      clientHost: "web",
      serverHost: "db",
      clientAddress: WEB,
      serverAddress: DB,
      clientProcesses: ["nginx"],
      serverProcesses: ["postgres"],
      connections: 5,
      lowerBound: true,
      firstSeen: 50,
      lastSeen: 900,
      days: ["2026-11-01", "2026-11-02"],
      ends: "both",
      sources: ["proc-net", "trace"],
      direction: "observed",
    });
  });

  test("count per day the larger of the sums of the two ends", () => {
    const [dependency] = build([
      seen("web", {
        ...toDb,
        client: { address: WEB, process: "a" },
        connectionsByDay: day(3),
        failed: 2,
        bytesSent: 10,
      }),
      seen("web", {
        ...toDb,
        client: { address: WEB, process: "b" },
        connectionsByDay: day(4),
        failed: 1,
        bytesSent: 5,
      }),
      seen("db", {
        ...toDb,
        connectionsByDay: [
          { day: "2026-11-01", connections: 6 },
          { day: "2026-11-02", connections: 9 },
        ],
        bytesSent: 20,
      }),
    ]);
    expect(dependency).toMatchObject({ connections: 7 + 9, failed: 3, bytesSent: 20 });
    expect(dependency).not.toHaveProperty("bytesReceived");
  });

  test("are exact only where an exact end counted on every day", () => {
    const exact = { ...toDb, countsAreExact: true };
    expect(build([seen("web", toDb), seen("db", exact)])[0]?.lowerBound).toBe(false);
    const more = seen("web", { ...toDb, connectionsByDay: [{ day: "2026-11-05", connections: 1 }] });
    expect(build([more, seen("db", exact)])[0]?.lowerBound).toBe(true);
  });
});

describe("a connection that the client reset, which wiped the server's port", () => {
  const wiped = seen("web", { ...toDb, serverPort: 0 });

  test("is what the server's end saw whole", () => {
    const dependencies = build([wiped, seen("db", toDb)]);
    expect(dependencies.map(({ serverPort, connections }) => [serverPort, connections])).toEqual([[5432, 1]]);
  });

  test("stays, with its port unknown, where only the client tells", () => {
    const other = seen("web", { ...toDb, serverPort: 22 });
    expect(
      build([wiped, other])
        .map(({ serverPort }) => serverPort)
        .sort(),
    ).toEqual([0, 22]);
  });
});

test("loopback of two hosts never merges, nor do two namespaces of one", () => {
  const dependencies = build([local("web"), local("db"), local("db", "container-1"), local("db")]);
  expect(dependencies.map(({ clientHost, serverHost, scope }) => [clientHost, serverHost, scope])).toEqual([
    ["db", "db", undefined],
    ["db", "db", "container-1"],
    ["web", "web", undefined],
  ]);
});

test("a peer that is no host becomes an unmanaged one, a folded range keeps its range", () => {
  const dependencies = build([
    seen("db", { client: { address: "10.9.9.9" }, server: { address: DB } }),
    seen("db", { client: { address: "203.0.113.0/24" }, server: { address: DB }, folded: 80 }),
  ]);
  expect(dependencies.map(({ clientHost, clientAddress, folded }) => [clientHost, clientAddress, folded])).toEqual([
    [undefined, "10.9.9.9", undefined],
    [undefined, "203.0.113.0/24", 80],
  ]);
  expect(unmanagedHosts(dependencies)).toEqual([
    {
      id: "u:s:10.9.9.9",
      name: "10.9.9.9",
      site: "s",
      kind: "unmanaged",
      addresses: [{ address: "10.9.9.9", hostLocal: false }],
    },
    {
      id: "u:s:203.0.113.0/24",
      name: "203.0.113.0/24",
      site: "s",
      kind: "unmanaged",
      addresses: [{ address: "203.0.113.0", prefix: 24, hostLocal: false }],
    },
  ]);
});

test("a host that a file names without address stands for its only address", () => {
  const named: FlowEvidence = {
    ...seen("web", toDb),
    client: { hostId: "web" },
    server: { hostId: "db" },
    seenFrom: "both",
  };
  const dependencies = build([named, seen("db", toDb)]);
  expect(dependencies).toHaveLength(1);
  expect(dependencies[0]).toMatchObject({ clientAddress: WEB, serverAddress: DB, ends: "both", connections: 1 });
});

describe("direction", () => {
  const unknownAtWeb = seen("web", { ...toDb, direction: "unknown", clientPort: 40001, bytesSent: 7 });
  const unknownAtDb = seen("db", {
    client: { address: DB },
    server: { address: WEB },
    direction: "unknown",
    clientPort: 5432,
    serverPort: 40001,
    bytesSent: 3,
    bytesReceived: 8,
  });

  test("an observed flow settles what the other end guessed or did not know", () => {
    const observed = seen("db", toDb);
    expect(build([seen("web", { ...toDb, direction: "guessed" }), observed])).toMatchObject([
      { direction: "observed" },
    ]);
    expect(build([unknownAtWeb, observed])).toMatchObject([{ direction: "observed", serverPort: 5432, ends: "both" }]);
  });

  test("a listener at one end settles it, and the reverse is turned round", () => {
    const corrected = { direction: "corrected", clientHost: "web", serverHost: "db", serverPort: 5432 };
    expect(build([seen("web", { ...toDb, direction: "guessed" })], [listener])).toMatchObject([corrected]);
    expect(build([unknownAtWeb], [listener])).toMatchObject([{ ...corrected, ends: "client", bytesSent: 7 }]);
    const [turned, ...more] = build([unknownAtDb], [listener]);
    expect(turned).toMatchObject({ ...corrected, ends: "server", bytesSent: 8, bytesReceived: 3 });
    expect(turned).not.toHaveProperty("clientPort");
    expect(more).toEqual([]);
    expect(build([unknownAtWeb, unknownAtDb], [listener])).toMatchObject([
      { ...corrected, ends: "both", bytesSent: 8 },
    ]);
  });

  test("listeners at both ends settle nothing; the unknown reports of both ends are still one dependency", () => {
    const both = [listener, { ...listener, hostId: "web", port: 40001 }];
    for (const listeners of [[], both]) {
      const dependencies = build([unknownAtWeb, unknownAtDb], listeners);
      expect(dependencies).toMatchObject([{ direction: "unknown", ends: "both", clientHost: "db", clientPort: 5432 }]);
    }
  });

  test("a listener names the server's process where only the client's end saw the flow", () => {
    const postgres = { ...listener, process: "postgres" };
    const flow = seen("web", { ...toDb });
    expect(build([flow], [postgres])).toMatchObject([{ ends: "client", serverProcesses: ["postgres"] }]);
    const elsewhere = { ...postgres, process: "pgbouncer", address: toDb.server.address ?? "" };
    expect(build([flow], [postgres, elsewhere])).toMatchObject([{ serverProcesses: ["pgbouncer"] }]);
    expect(build([flow], [{ ...postgres, port: 5433 }])).toMatchObject([{ serverProcesses: [] }]);
  });

  test("a listener on another address, protocol or port settles nothing", () => {
    for (const other of [
      { address: "10.0.2.2" },
      { protocol: "udp" as const },
      { port: 5433 },
      { address: "127.0.0.1" },
    ]) {
      expect(build([unknownAtWeb], [{ ...listener, ...other }])).toMatchObject([{ direction: "unknown" }]);
    }
  });

  test("on loopback only a listener of the same network namespace settles it", () => {
    const inContainer = { ...local("db", "container-1"), direction: "guessed" as const };
    const loopbackListener = { ...listener, address: "127.0.0.1" };
    expect(build([inContainer], [loopbackListener])).toMatchObject([{ direction: "guessed" }]);
    const own = { ...loopbackListener, scope: "container-1" };
    expect(build([inContainer], [own])).toMatchObject([{ direction: "corrected" }]);
  });

  test("a guess is turned round only where its client's port proves that the other end means the same", () => {
    const observed = seen("db", toDb);
    const wrong = seen("web", {
      client: { address: DB },
      server: { address: WEB },
      serverPort: 31000,
      direction: "guessed",
    });
    expect(build([wrong, observed])).toMatchObject([
      { direction: "guessed", clientHost: "db", serverHost: "web", serverPort: 31000 },
      { direction: "observed", clientHost: "web", serverHost: "db", serverPort: 5432 },
    ]);
    expect(build([{ ...wrong, clientPort: 5432 }, observed])).toMatchObject([{ direction: "observed", ends: "both" }]);
  });
});

function counted(flows: FlowEvidence[]): number {
  return flows.reduce((sum, flow) => sum + (flow.connectionsByDay[0]?.connections ?? 0), 0);
}

test("property: no connection is lost and none counts double, whatever the directions", () => {
  const port = fc.constantFrom(5432, 40001, 40002);
  const flow = fc
    .record({
      fromWeb: fc.boolean(),
      observerIsClient: fc.boolean(),
      direction: fc.constantFrom("observed" as const, "guessed" as const, "unknown" as const),
      serverPort: port,
      clientPort: port,
      connections: fc.integer({ min: 1, max: 9 }),
    })
    .map(({ fromWeb, observerIsClient, direction, serverPort, clientPort, connections }) => {
      const [own, other] = fromWeb ? [WEB, DB] : [DB, WEB];
      const isClient = observerIsClient || direction === "unknown";
      return seen(fromWeb ? "web" : "db", {
        client: { address: isClient ? own : other },
        server: { address: isClient ? other : own },
        direction,
        serverPort,
        ...(direction !== "observed" && { clientPort }),
        connectionsByDay: day(connections),
      });
    });
  fc.assert(
    fc.property(fc.array(flow, { maxLength: 12 }), fc.boolean(), (flows, isListening) => {
      const dependencies = build(flows, isListening ? [listener] : []);
      const ends = (from: string) =>
        flows.filter((entry) => entry[entry.seenFrom === "client" ? "client" : "server"].hostId === from);
      const total = dependencies.reduce((sum, dependency) => sum + dependency.connections, 0);
      expect(total).toBeGreaterThanOrEqual(Math.max(counted(ends("web")), counted(ends("db"))));
      expect(total).toBeLessThanOrEqual(counted(flows));
      const keys = dependencies.map(({ id }) => id);
      expect(new Set(keys).size).toBe(keys.length);
    }),
  );
});
