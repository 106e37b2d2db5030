import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { build, day, DB, listener, local, seen, toDb, WEB } from "./testing/two-hosts.ts";
import type { FlowEvidence } from "./types.ts";

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
