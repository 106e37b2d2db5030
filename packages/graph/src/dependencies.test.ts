import { describe, expect, test } from "vitest";
import { build, day, DB, local, seen, toDb, WEB } from "./testing/two-hosts.ts";
import type { FlowEvidence } from "./types.ts";
import { unmanagedHosts } from "./unmanaged-hosts.ts";

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
