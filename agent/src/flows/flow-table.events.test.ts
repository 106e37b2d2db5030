import { describe, expect, it } from "vitest";
import type { ConnectionEvent, Observation } from "../sampling/sampler.ts";
import { brief } from "./drained-in-short.ts";
import { createFlowTable } from "./flow-table.ts";
import type { Drained, FlowTable } from "./flow-table.ts";
import { APP, NOBODY, POSTGRES, T0, listening, syntheticSnapshot, tcp, udp } from "./synthetic-snapshots.ts";

/** Synthetic events: this host is 10.0.0.1 and serves 5432; its peer is 10.0.0.2. */
const SERVER = { protocol: "tcp", localAddress: "10.0.0.1", localPort: 5432, remoteAddress: "10.0.0.2" } as const;
const CLIENT = { protocol: "tcp", localAddress: "10.0.0.1", remoteAddress: "10.0.0.2", remotePort: 443 } as const;
const at = T0 + 14_000;
const closed = (
  ends: Omit<ConnectionEvent, "kind" | "source" | "at">,
  bytes: { bytesSent?: number; bytesReceived?: number } = {},
): ConnectionEvent => ({ kind: "closed", source: "ss-events", at, ...ends, ...bytes });
const opened = (ends: Omit<ConnectionEvent, "kind" | "source" | "at">): ConnectionEvent => ({
  kind: "opened",
  source: "tracefs",
  at,
  ...ends,
});

type Round = [rows: Observation[], events?: ConnectionEvent[]];

function drained(rounds: Round[], tellsOpenings = false, table: FlowTable = createFlowTable()): Drained {
  for (const [index, [rows, events = []]] of rounds.entries()) {
    table.observe({ ...syntheticSnapshot(index * 15, rows), events, tellsOpenings, tellsFailures: tellsOpenings });
  }
  return table.drain();
}

const inbound = (port: number, state: Observation["state"] = "established", inode = 7) =>
  tcp(state, "10.0.0.1:5432", `10.0.0.2:${port}`, inode, { process: POSTGRES });

describe("connections that only events show", () => {
  it("are counted with their bytes and the listener's owner", () => {
    const event = closed({ ...SERVER, remotePort: 40_000 }, { bytesSent: 100, bytesReceived: 20 });
    const result = drained([[listening(5432)], [listening(5432), [event]]]);
    expect(brief(result)).toEqual(["inbound 10.0.0.1 10.0.0.2 tcp/5432 1 postgres"]);
    expect(result.flows[0]).toMatchObject({ bytesSent: 100, bytesReceived: 20, sources: ["ss-events"] });
  });

  it("count once where the host tracks them for a while after their end", () => {
    const ends = { protocol: "udp", localAddress: "10.0.0.1", localPort: 40_000, remoteAddress: "10.0.0.2" } as const;
    const event = closed({ ...ends, remotePort: 1434 });
    const socket = udp("connected", "10.0.0.1:40000", "10.0.0.2:1434", 5);
    const tracked = { ...socket, inode: 0, source: "conntrack" } as const;
    for (const rounds of [
      [[[socket, tracked]], [[tracked], [event]], [[tracked]], [[tracked]]],
      [[[]], [[tracked], [event]], [[tracked]], [[tracked]]],
      [[[]], [[tracked]], [[tracked], [event]], [[tracked]]],
      // Nothing tells of its end.
      [[[socket, tracked]], [[tracked]], [[tracked]], [[]]],
      [[[socket]], [[tracked]], [[tracked]], [[]]],
    ] satisfies Round[][])
      expect(drained(rounds).flows.map(({ connections }) => connections)).toEqual([1]);
  });

  it("add up, also on one tuple, where nobody tells of openings", () => {
    const event = closed({ ...SERVER, remotePort: 40_000 }, { bytesSent: 1 });
    const { flows } = drained([[listening(5432)], [listening(5432), [event, event]]]);
    expect(flows).toMatchObject([{ connections: 2, bytesSent: 2 }]);
  });

  it("count once when both beginning and end were told, with the caller's process", () => {
    const ends = { ...CLIENT, localPort: 40_000 };
    const result = drained(
      [[[]], [[], [opened({ ...ends, direction: "outbound", process: APP }), closed(ends)]]],
      true,
    );
    expect(brief(result)).toEqual(["outbound 10.0.0.1 10.0.0.2 tcp/443 1 java"]);
    expect(result.flows[0]?.sources).toEqual(["ss-events", "tracefs"]);
  });

  it("count each time a tuple opens, whenever word of the ends comes", () => {
    const ends = { ...CLIENT, localPort: 40_000 };
    const again = [opened(ends), opened(ends), closed(ends, { bytesSent: 5 }), closed(ends, { bytesSent: 6 })];
    expect(drained([[[]], [[], again]], true).flows).toMatchObject([{ connections: 2, bytesSent: 11 }]);
  });
});

describe("connections that snapshots show too", () => {
  it("leave a TIME_WAIT that is not another one", () => {
    const event = closed({ ...SERVER, remotePort: 40_000 });
    const waiting = [...listening(5432), inbound(40_000, "time-wait", 0)];
    const { flows } = drained([[listening(5432)], [waiting, [event]], [waiting], [waiting], [waiting]]);
    expect(flows).toMatchObject([{ connections: 1 }]);
  });

  it("are others where a whole reading no longer showed the TIME_WAIT that came again", () => {
    const event = closed({ ...SERVER, remotePort: 40_000 });
    const waiting = [...listening(5432), inbound(40_000, "time-wait", 0)];
    for (const events of [[], [event]]) {
      const rounds: Round[] = [[listening(5432)], [waiting, events], [listening(5432)], [waiting], [waiting]];
      expect(drained(rounds).flows).toMatchObject([{ connections: 2 }]);
    }
  });

  it("are the same where a table could not be read meanwhile", () => {
    const event = closed({ ...SERVER, remotePort: 40_000 });
    const waiting = [...listening(5432), inbound(40_000, "time-wait", 0)];
    for (const events of [[], [event]]) {
      const table = createFlowTable();
      const read = drained([[listening(5432)], [waiting, events]], false, table);
      for (const seconds of [30, 45, 60]) table.observe(syntheticSnapshot(seconds, [], false));
      table.observe(syntheticSnapshot(75, waiting));
      expect([read, table.drain()].map(({ flows }) => flows[0]?.connections)).toEqual([
        1,
        events.length > 0 ? undefined : 0,
      ]);
    }
  });

  it("leave tracking of UDP that is not another one", () => {
    const ends = { protocol: "udp", localAddress: "10.0.0.1", remoteAddress: "10.0.0.2", remotePort: 53 } as const;
    const tracked: Observation = { ...ends, state: "connected", localPort: 40_000, inode: 0, direction: "outbound" };
    const rounds: Round[] = [[[]], [[tracked], [closed({ ...ends, localPort: 40_000 })]], [[tracked]], [[tracked]]];
    expect(drained(rounds).flows).toMatchObject([{ connections: 1 }]);
  });

  it("end by an event while they stand", () => {
    const standing = [...listening(5432), inbound(40_000)];
    const event = closed({ ...SERVER, remotePort: 40_000 }, { bytesSent: 9 });
    const { flows } = drained([[standing], [standing], [listening(5432), [event]]]);
    expect(flows).toMatchObject([{ connections: 1, bytesSent: 9, sources: ["ss-events", "synthetic"] }]);
  });

  it("end by word that comes one look late", () => {
    const event = closed({ ...SERVER, remotePort: 40_000 }, { bytesSent: 9 });
    const rounds: Round[] = [[[...listening(5432), inbound(40_000)]], [listening(5432)], [listening(5432), [event]]];
    expect(drained(rounds).flows).toMatchObject([{ connections: 1, bytesSent: 9 }]);
  });

  it("end while the tables are read", () => {
    const event = closed({ ...SERVER, remotePort: 40_000 });
    const standing = [...listening(5432), inbound(40_000)];
    expect(drained([[listening(5432)], [standing, [event]], [listening(5432)]]).flows).toMatchObject([
      { connections: 1 },
    ]);
  });

  it("open after the tables were read, and are shown the next time", () => {
    const event = opened({ ...SERVER, remotePort: 40_000, direction: "inbound" });
    const standing = [...listening(5432), inbound(40_000)];
    expect(drained([[listening(5432), [event]], [standing], [standing]], true).flows).toMatchObject([
      { connections: 1 },
    ]);
  });

  it("are another one where a new socket has the tuple", () => {
    const event = closed({ ...SERVER, remotePort: 40_000 });
    const rounds: Round[] = [[listening(5432), [event]], [[...listening(5432), inbound(40_000)]]];
    expect(drained(rounds).flows).toMatchObject([{ connections: 2 }]);
  });
});

describe("failed attempts", () => {
  const row = tcp("syn-sent", "10.0.0.1:40000", "10.0.0.2:443", 9, { process: APP });

  it("are told once, whatever snapshots saw of them", () => {
    const event: ConnectionEvent = {
      kind: "failed",
      source: "tracefs",
      at,
      ...CLIENT,
      localPort: 40_000,
      process: APP,
    };
    const result = drained([[[row]], [[row]], [[], [event]]], true);
    expect(brief(result)).toEqual(["outbound 10.0.0.1 10.0.0.2 tcp/443 0 failed 1 java"]);
  });

  it("are taken from snapshots where no event tells of them", () => {
    expect(brief(drained([[[row]], [[row]], [[]]]))).toEqual(["outbound 10.0.0.1 10.0.0.2 tcp/443 0 failed 1 java"]);
  });
});

describe("resets that wiped an end", () => {
  const clientReset = closed({ protocol: "tcp", localPort: 40_000, remoteAddress: "10.0.0.2" });
  const serverReset = closed({ protocol: "tcp", localPort: 5432, remoteAddress: "10.0.0.2" });

  it("a client's own closes the connection that stood", () => {
    const standing = tcp("established", "10.0.0.1:40000", "10.0.0.2:443", 9, { process: APP });
    expect(brief(drained([[[standing]], [[], [clientReset]]]))).toEqual([
      "outbound 10.0.0.1 10.0.0.2 tcp/443 1 java guessed",
    ]);
  });

  it("a client's own of a connection that nothing else showed keeps the port unknown", () => {
    const other = tcp("established", "10.0.0.1:41000", "10.0.0.2:22", 9);
    expect(brief(drained([[[other]], [[other], [clientReset]]]))).toEqual([
      "outbound 10.0.0.1 10.0.0.2 tcp/0 1 ? guessed",
      "outbound 10.0.0.1 10.0.0.2 tcp/22 1 ? guessed",
    ]);
  });

  it("a server's gets its address from other rows of the port", () => {
    const other = [...listening(5432), inbound(40_001)];
    expect(brief(drained([[other], [other, [serverReset]]]))).toEqual([
      "inbound 10.0.0.1 10.0.0.2 tcp/5432 2 postgres",
    ]);
  });

  it("a server's is in no flow where it has several addresses and nothing tells which", () => {
    const other = tcp("established", "10.0.0.9:5432", "10.0.0.2:40002", 8, { process: POSTGRES });
    const rows = [...listening(5432), inbound(40_001), other];
    const result = drained([[rows], [rows, [serverReset]]]);
    expect(result.flows.map(({ connections }) => connections)).toEqual([1, 1]);
    expect(result.uncounted).toEqual({ unplaced: 1, beyond: 0 });
  });

  it("count nothing where the opening was told", () => {
    const open = opened({ ...SERVER, remotePort: 40_000, direction: "inbound" });
    expect(drained([[listening(5432)], [listening(5432), [open, serverReset]]], true).flows).toMatchObject([
      { connections: 1 },
    ]);
    // Other rows of the port would tell the address.
    const rows = [...listening(5432), inbound(40_001)];
    const { flows, uncounted } = drained([[rows], [rows, [serverReset]]], true);
    expect(flows).toMatchObject([{ connections: 1 }]);
    expect(uncounted).toEqual({ unplaced: 0, beyond: 0 });
  });
});

it("a listener's end is no connection", () => {
  expect(NOBODY).toBe("0.0.0.0:0");
  expect(drained([[listening(5432)], [[]]]).flows).toEqual([]);
});

it("folds clients into their networks above so many flows, with their number and all counts", () => {
  const table = createFlowTable({ mostFlows: 10 });
  const clients = Array.from({ length: 40 }, (_, index) => `198.51.${100 + (index % 2)}.${index + 1}`);
  const rows = [
    ...listening(5432),
    ...clients.map((client) => tcp("established", "10.0.0.1:5432", `${client}:40000`, 7, { process: POSTGRES })),
    tcp("established", "10.0.0.1:40000", "192.0.2.5:443", 9, { process: APP }),
  ];
  table.observe(syntheticSnapshot(0, rows));
  const { flows } = table.drain();
  expect(flows.map(({ remoteAddress, folded, connections }) => [remoteAddress, folded, connections])).toEqual([
    ["198.51.100.0/24", 20, 20],
    ["198.51.101.0/24", 20, 20],
    ["192.0.2.5", undefined, 1],
  ]);
});

it.each(["127.0.0.1", "[::1]"])("folds no client of %s, of which there is but one", (loopback) => {
  const ports = Array.from({ length: 12 }, (_, index) => 5432 + index);
  const listeners = ports.map((port) => tcp("listening", `${loopback}:${port}`, NOBODY, 1));
  const rows = ports.map((port, index) => tcp("established", `${loopback}:${port}`, `${loopback}:40000`, 10 + index));
  const table = createFlowTable({ mostFlows: 10 });
  table.observe(syntheticSnapshot(0, [...listeners, ...rows]));
  const address = loopback.replaceAll(/[[\]]/g, "");
  expect(table.drain().flows.map(({ remoteAddress }) => remoteAddress)).toEqual(ports.map(() => address));
});

describe("more connections than are followed at once", () => {
  const ports = Array.from({ length: 30 }, (_, index) => 40_000 + index);

  it("all count where events tell of them", () => {
    const table = createFlowTable({ mostStanding: 10 });
    const events = ports.map((remotePort) => opened({ ...SERVER, remotePort, direction: "inbound" }));
    const result = drained([[listening(5432)], [listening(5432), events], [listening(5432)]], true, table);
    expect(result.flows).toMatchObject([{ connections: 30 }]);
  });

  it("are told as lost where only rows show them", () => {
    const table = createFlowTable({ mostStanding: 10 });
    const result = drained([[[...listening(5432), ...ports.map((port) => inbound(port))]]], false, table);
    expect(result.flows).toMatchObject([{ connections: 10 }]);
    expect(result.uncounted).toEqual({ unplaced: 0, beyond: 20 });
  });
});
