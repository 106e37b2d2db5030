import { Flow, Listener } from "@portolan/protocol";
import type { Process } from "@portolan/protocol";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Observation } from "../sampling/sampler.ts";
import { createFlowTable } from "./flow-table.ts";
import type { Drained, FlowTable, ListenerMemory } from "./flow-table.ts";
import { syntheticSnapshot, T0, tcp, udp } from "./synthetic-snapshots.ts";

const POSTGRES: Process = { name: "postgres", user: "postgres" };
const APP: Process = { name: "java", program: "app.jar" };
const NOBODY = "0.0.0.0:0";

function drainedAfter(table: FlowTable, ...snapshots: [seconds: number, rows: Observation[], ok?: boolean][]): Drained {
  for (const [seconds, rows, ok] of snapshots) table.observe(syntheticSnapshot(seconds, rows, ok));
  return table.drain();
}

/** Flows in short: direction, ends without the client's port, connections, process. */
function brief({ flows, processes }: Drained): string[] {
  return flows.map((flow) => {
    const ports = flow.direction === "unknown" ? `${flow.localPort}-${flow.remotePort}` : String(flow.serverPort);
    const process = flow.process === undefined ? "?" : processes[flow.process]?.name;
    const guessed = flow.direction !== "unknown" && flow.guessed === true ? " guessed" : "";
    const failed = flow.failed === undefined ? "" : ` failed ${flow.failed}`;
    return `${flow.direction} ${flow.localAddress} ${flow.remoteAddress} ${flow.protocol}/${ports} ${flow.connections}${failed} ${process}${guessed}`;
  });
}

const leftBehind = (port: number): Observation[] =>
  Array.from({ length: 100 }, (_, client) => tcp("time-wait", `10.0.0.1:${port}`, `10.0.0.2:${40000 + client}`, 0));

const listening = (port: number): Observation[] => [
  tcp("listening", `0.0.0.0:${port}`, NOBODY, 1, { process: POSTGRES }),
];

const counts = (drained: Drained): [number, number?][] =>
  drained.flows.map((flow) => (flow.failed === undefined ? [flow.connections] : [flow.connections, flow.failed]));

const listeningPorts = ({ listeners }: Drained): number[] => listeners.map((listener) => listener.port);

const tupleOf = (entry: Observation): string =>
  JSON.stringify([
    entry.protocol,
    entry.localAddress,
    entry.localPort,
    entry.remoteAddress,
    entry.remotePort,
    entry.scope,
  ]);

const restarted = (table: FlowTable): FlowTable =>
  createFlowTable({ memory: JSON.parse(JSON.stringify(table.memory())) as ListenerMemory });
const countsOf = (drained: Drained): number[] => drained.flows.map((flow) => flow.connections);

describe("a restart", () => {
  const standing = tcp("established", "10.0.0.1:40001", "10.0.0.2:443", 7, { process: APP });
  const rows = [...listening(5432), ...leftBehind(5432).slice(0, 20), standing];
  it("counts nothing again that the run before can have counted, and shows it as standing", () => {
    const before = createFlowTable();
    expect(countsOf(drainedAfter(before, [0, rows]))).toEqual([20, 1]);
    const after = restarted(before);
    expect(countsOf(drainedAfter(after, [20, rows]))).toEqual([0, 0]);
    const another = tcp("time-wait", "10.0.0.1:5432", "10.0.0.2:50000", 0);
    expect(countsOf(drainedAfter(after, [40, [...listening(5432), another, standing]]))).toEqual([1, 0]);
  });

  it("counts what TIME_WAIT shows after more than a minute: it began since", () => {
    const before = createFlowTable();
    drainedAfter(before, [0, rows]);
    expect(countsOf(drainedAfter(restarted(before), [90, rows]))).toEqual([20, 0]);
  });

  it("counts everything after a long time: the host may have been off", () => {
    const before = createFlowTable();
    drainedAfter(before, [0, rows]);
    expect(countsOf(drainedAfter(restarted(before), [3600, rows]))).toEqual([20, 1]);
  });
});

describe("what a listener left that closed before the agent began", () => {
  it.each([5432, 50_123])("is inbound to its port %i, guessed, not a hundred flows", (port) => {
    const drained = drainedAfter(createFlowTable(), [0, leftBehind(port)]);
    expect(brief(drained)).toEqual([`inbound 10.0.0.1 10.0.0.2 tcp/${port} 100 ? guessed`]);
  });

  it("is outbound where the peer's port is the one that stays", () => {
    const rows = [1, 2, 3].map((client) => tcp("time-wait", `10.0.0.1:${40_000 + client}`, "10.0.0.2:50123", 0));
    expect(brief(drainedAfter(createFlowTable(), [0, rows]))).toEqual([
      "outbound 10.0.0.1 10.0.0.2 tcp/50123 3 ? guessed",
    ]);
  });

  it("stays unknown while the company is too small, or of several peers", () => {
    const two = leftBehind(50_123).slice(0, 2);
    expect(drainedAfter(createFlowTable(), [0, two]).flows.map((flow) => flow.direction)).toEqual([
      "unknown",
      "unknown",
    ]);
    const peers = [2, 3, 4].map((peer) => tcp("time-wait", "10.0.0.1:50123", `10.0.0.${peer}:40001`, 0));
    expect(new Set(drainedAfter(createFlowTable(), [0, peers]).flows.map((flow) => flow.direction))).toEqual(
      new Set(["unknown"]),
    );
  });
});

describe("direction", () => {
  const LISTEN = tcp("listening", "0.0.0.0:5432", NOBODY, 1, { process: POSTGRES });

  it.each<[string, Observation[], string[]]>([
    [
      "listened local port",
      [LISTEN, tcp("established", "10.0.0.1:5432", "10.0.0.2:40000", 2)],
      ["inbound 10.0.0.1 10.0.0.2 tcp/5432 1 postgres"],
    ],
    [
      "IPv6 wildcard covers IPv4",
      [tcp("listening", "[::]:50000", "[::]:0", 1), tcp("established", "10.0.0.1:50000", "10.0.0.2:40000", 2)],
      ["inbound 10.0.0.1 10.0.0.2 tcp/50000 1 ?"],
    ],
    [
      "IPv4 wildcard does not cover IPv6",
      [tcp("listening", "0.0.0.0:50000", NOBODY, 1), tcp("established", "[fd00::1]:50000", "[fd00::2]:40000", 2)],
      ["unknown fd00::1 fd00::2 tcp/50000-40000 1 ?"],
    ],
    [
      "listener on another address",
      [tcp("listening", "127.0.0.1:50000", NOBODY, 1), tcp("established", "10.0.0.1:50000", "10.0.0.2:443", 2)],
      ["outbound 10.0.0.1 10.0.0.2 tcp/443 1 ? guessed"],
    ],
    [
      "listener in another namespace",
      [
        tcp("listening", "0.0.0.0:50000", NOBODY, 1, { scope: "c1" }),
        tcp("established", "10.0.0.1:50000", "10.0.0.2:443", 2),
      ],
      ["outbound 10.0.0.1 10.0.0.2 tcp/443 1 ? guessed"],
    ],
    [
      "listener of another protocol",
      [udp("unconnected", "0.0.0.0:443", NOBODY, 1), tcp("established", "10.0.0.1:443", "10.0.0.2:80", 2)],
      ["outbound 10.0.0.1 10.0.0.2 tcp/80 1 ? guessed"],
    ],
    [
      "fixed port of a client, as of NFS",
      [tcp("established", "10.0.0.1:800", "10.0.0.2:2049", 2)],
      ["outbound 10.0.0.1 10.0.0.2 tcp/2049 1 ? guessed"],
    ],
    [
      "neither port ephemeral, and nothing holds the socket any more",
      [tcp("time-wait", "10.0.0.1:800", "10.0.0.2:2049", 0)],
      ["unknown 10.0.0.1 10.0.0.2 tcp/800-2049 1 ?"],
    ],
    [
      "local port ephemeral",
      [tcp("established", "10.0.0.1:40000", "10.0.0.2:443", 2, { process: APP })],
      ["outbound 10.0.0.1 10.0.0.2 tcp/443 1 java guessed"],
    ],
    [
      "remote port ephemeral",
      [tcp("established", "10.0.0.1:443", "10.0.0.2:40000", 2)],
      ["inbound 10.0.0.1 10.0.0.2 tcp/443 1 ? guessed"],
    ],
    [
      "both ephemeral",
      [tcp("established", "10.0.0.1:40000", "10.0.0.2:40001", 2)],
      ["unknown 10.0.0.1 10.0.0.2 tcp/40000-40001 1 ?"],
    ],
    [
      "UDP, connected",
      [udp("connected", "10.0.0.1:40000", "10.0.0.2:53", 2)],
      ["outbound 10.0.0.1 10.0.0.2 udp/53 1 ? guessed"],
    ],
    [
      "both ends on loopback",
      [
        LISTEN,
        tcp("established", "127.0.0.1:40000", "127.0.0.1:5432", 2, { process: APP }),
        tcp("established", "127.0.0.1:5432", "127.0.0.1:40000", 3, { process: POSTGRES }),
      ],
      ["inbound 127.0.0.1 127.0.0.1 tcp/5432 1 postgres", "outbound 127.0.0.1 127.0.0.1 tcp/5432 1 java"],
    ],
    [
      "both ends on an own address, server port ephemeral",
      [
        tcp("listening", "10.0.0.1:50000", NOBODY, 1),
        tcp("established", "10.0.0.1:40000", "10.0.0.1:50000", 2),
        tcp("established", "10.0.0.1:50000", "10.0.0.1:40000", 3),
      ],
      ["inbound 10.0.0.1 10.0.0.1 tcp/50000 1 ?", "outbound 10.0.0.1 10.0.0.1 tcp/50000 1 ?"],
    ],
    [
      "no row of a connection",
      [tcp("closed", "10.0.0.1:40000", "10.0.0.2:443", 2), tcp("established", "10.0.0.1:40000", NOBODY, 2)],
      [],
    ],
  ])("%s", (_, rows, flows) => {
    expect(brief(drainedAfter(createFlowTable(), [0, rows]))).toEqual(flows);
  });

  it("remembers SYN_SENT for the tuple, so that nothing is guessed", () => {
    const table = createFlowTable();
    const drained = drainedAfter(
      table,
      [0, [tcp("syn-sent", "10.0.0.1:40000", "10.0.0.2:41000", 2)]],
      [15, [tcp("established", "10.0.0.1:40000", "10.0.0.2:41000", 2)]],
    );
    expect(brief(drained)).toEqual(["outbound 10.0.0.1 10.0.0.2 tcp/41000 1 ?"]);
  });

  it("keeps an accepted connection inbound for as long as it stands, without its listener", () => {
    const table = createFlowTable();
    const row = tcp("established", "10.0.0.1:50000", "10.0.0.2:41000", 2);
    drainedAfter(table, [0, [tcp("listening", "0.0.0.0:50000", NOBODY, 1), row]]);
    expect(brief(drainedAfter(table, [15, [row]], [900, [row]]))).toEqual(["inbound 10.0.0.1 10.0.0.2 tcp/50000 0 ?"]);
  });
});

/** A snapshot of a host that takes nearly all ports for its clients. */
const widened = (seconds: number, rows: Observation[]) => ({
  ...syntheticSnapshot(seconds, rows),
  ephemeralPorts: { from: 1024, to: 65535 },
});

describe("on a host whose range of client ports was widened", () => {
  const listener = tcp("listening", "0.0.0.0:1521", NOBODY, 1, { process: POSTGRES });
  const rows = [
    tcp("established", "10.0.0.1:20000", "10.0.0.2:5432", 2),
    tcp("established", "10.0.0.1:1521", "10.0.0.3:2000", 3),
  ];

  it("a socket on a port that nothing listens on calls the server, one that is listened on does not", () => {
    const table = createFlowTable();
    table.observe(widened(0, [listener, ...rows]));
    expect(brief(table.drain())).toEqual([
      "inbound 10.0.0.1 10.0.0.3 tcp/1521 1 postgres",
      "outbound 10.0.0.1 10.0.0.2 tcp/5432 1 ? guessed",
    ]);
  });

  it("what a socket left behind is decided only once the listeners were watched for as long as it lasts", () => {
    const left = [tcp("time-wait", "10.0.0.1:20000", "10.0.0.2:5432", 0)];
    const table = createFlowTable();
    table.observe(widened(0, left));
    expect(brief(table.drain())).toEqual(["unknown 10.0.0.1 10.0.0.2 tcp/20000-5432 1 ?"]);
    table.observe(widened(61, []));
    table.observe(widened(76, left));
    expect(brief(table.drain())).toEqual(["outbound 10.0.0.1 10.0.0.2 tcp/5432 1 ? guessed"]);
  });

  it("a fixed port of a client is no server's", () => {
    const table = createFlowTable();
    table.observe(widened(0, [tcp("established", "10.0.0.1:800", "10.0.0.2:2049", 2)]));
    expect(brief(table.drain())).toEqual(["outbound 10.0.0.1 10.0.0.2 tcp/2049 1 ? guessed"]);
  });

  it("keeps the direction of a held socket into TIME_WAIT", () => {
    const table = createFlowTable();
    table.observe(widened(0, rows));
    table.observe(widened(15, [tcp("time-wait", "10.0.0.1:20000", "10.0.0.2:5432", 0)]));
    expect(brief(table.drain())).toContain("outbound 10.0.0.1 10.0.0.2 tcp/5432 1 ? guessed");
  });

  it("stays unknown where the other end's port may be a client's", () => {
    const table = createFlowTable();
    table.observe(widened(0, [tcp("established", "10.0.0.1:20000", "10.0.0.2:50000", 2)]));
    expect(brief(table.drain())).toEqual(["unknown 10.0.0.1 10.0.0.2 tcp/20000-50000 1 ?"]);
  });
});

describe("a listener that closes and leaves 100 TIME_WAIT rows", () => {
  describe.each([5432, 50123])("on port %i", (port) => {
    const expected = [`inbound 10.0.0.1 10.0.0.2 tcp/${port} 100 postgres`];

    it("leaves inbound flows of its port and process", () => {
      const drained = drainedAfter(createFlowTable(), [0, listening(port)], [15, leftBehind(port)]);
      expect(brief(drained)).toEqual(expected);
      expect(drained.listeners).toEqual([]);
    });

    it("does so after a restart, through memory as JSON", () => {
      const before = createFlowTable();
      drainedAfter(before, [0, listening(port)]);
      const memory: ListenerMemory = JSON.parse(JSON.stringify(before.memory()));
      const after = createFlowTable({ memory });
      expect(brief(drainedAfter(after, [299, leftBehind(port)]))).toEqual(expected);
    });

    it("no longer does so five minutes later", () => {
      const table = createFlowTable();
      drainedAfter(table, [0, listening(port)], [15, []]);
      const row = tcp("established", `10.0.0.1:${port}`, "10.0.0.9:88", 7);
      const [flow] = drainedAfter(table, [301, [row]]).flows;
      expect(flow).toMatchObject({ direction: "outbound", guessed: true, serverPort: 88 });
      expect(table.memory()).toMatchObject({ listeners: [] });
    });
  });
});

describe("counting", () => {
  const tuple = ["10.0.0.1:40000", "10.0.0.2:443"] as const;
  const row = (state: Observation["state"], inode: number): Observation => tcp(state, ...tuple, inode);

  it.each<[string, [Observation["state"], number][], number, number?]>([
    [
      "a standing one once",
      [
        ["established", 5],
        ["established", 5],
      ],
      1,
    ],
    [
      "into TIME_WAIT",
      [
        ["established", 5],
        ["time-wait", 0],
        ["time-wait", 0],
      ],
      1,
    ],
    [
      "not accepted yet, then accepted",
      [
        ["established", 0],
        ["established", 5],
      ],
      1,
    ],
    [
      "another socket",
      [
        ["established", 5],
        ["established", 6],
      ],
      2,
    ],
    [
      "another socket after TIME_WAIT",
      [
        ["established", 5],
        ["time-wait", 0],
        ["established", 6],
      ],
      2,
    ],
    [
      "TIME_WAIT taken over",
      [
        ["time-wait", 0],
        ["established", 6],
      ],
      2,
    ],
    [
      "orphaned and replaced before accept",
      [
        ["established", 5],
        ["established", 0],
      ],
      2,
    ],
    ["TIME_WAIT only", [["time-wait", 0]], 1],
    ["SYN_SENT standing", [["syn-sent", 5]], 0],
    [
      "SYN_SENT, then open",
      [
        ["syn-sent", 5],
        ["established", 5],
      ],
      1,
    ],
    [
      "SYN_SENT, then tried again by another socket",
      [
        ["syn-sent", 5],
        ["syn-sent", 5],
        ["established", 6],
      ],
      1,
      1,
    ],
  ])("%s", (_, states, connections, failed) => {
    const table = createFlowTable();
    for (const [index, [state, inode]] of states.entries())
      table.observe(syntheticSnapshot(index * 15, [row(state, inode)]));
    const [flow] = table.drain().flows;
    expect([flow?.connections ?? 0, flow?.failed]).toEqual([connections, failed]);
  });

  it("counts a tuple that vanished and came back twice", () => {
    const drained = drainedAfter(createFlowTable(), [0, [row("time-wait", 0)]], [15, []], [30, [row("time-wait", 0)]]);
    expect(counts(drained)).toEqual([[2]]);
  });

  it("does not take a failed source for the end of its connections and listeners", () => {
    const table = createFlowTable();
    const listener = tcp("listening", "0.0.0.0:80", NOBODY, 1);
    const drained = drainedAfter(table, [0, [row("established", 5), listener]], [15, [], false]);
    expect(drained.listeners).toHaveLength(1);
    expect(counts(drainedAfter(table, [30, [row("established", 5), listener]]))).toEqual([[0]]);
  });

  it("counts an attempt that vanished as failed, in the window that missed it", () => {
    const table = createFlowTable();
    expect(drainedAfter(table, [0, [row("syn-sent", 5)]], [15, [row("syn-sent", 5)]]).flows).toEqual([]);
    const drained = drainedAfter(table, [30, []], [45, []]);
    expect(counts(drained)).toEqual([[0, 1]]);
    expect(drained.flows[0]?.firstSeen).toBe(new Date(T0 + 15_000).toISOString());
  });

  it("does not call an attempt failed that it saw once: it may have connected a moment later", () => {
    expect(counts(drainedAfter(createFlowTable(), [0, [row("syn-sent", 5)]], [15, []]))).toEqual([[0]]);
  });

  it("repeats a standing connection in each window as evidence, with that window's times", () => {
    const table = createFlowTable();
    expect(counts(drainedAfter(table, [0, [row("established", 5)]], [15, [row("established", 5)]]))).toEqual([[1]]);
    const drained = drainedAfter(table, [30, [row("established", 5)]], [45, [row("established", 5)]], [60, []]);
    expect(drained).toMatchObject({ from: T0 + 15_000, to: T0 + 60_000 });
    expect(drained.flows).toMatchObject([
      { connections: 0, firstSeen: new Date(T0 + 30_000).toISOString(), lastSeen: new Date(T0 + 45_000).toISOString() },
    ]);
    expect(drainedAfter(table, [75, []]).flows).toEqual([]);
  });

  it("folds the client's port away, and one seen direction proves the flow", () => {
    const one = tcp("established", "10.0.0.1:40001", "10.0.0.2:443", 5);
    const other = tcp("established", "10.0.0.1:40002", "10.0.0.2:443", 6);
    const table = createFlowTable();
    expect(brief(drainedAfter(table, [0, [one]], [15, [one, other]]))).toEqual([
      "outbound 10.0.0.1 10.0.0.2 tcp/443 2 ? guessed",
    ]);
    const dialling = tcp("syn-sent", "10.0.0.1:40003", "10.0.0.2:443", 7);
    const dialled = { ...dialling, state: "established" as const };
    expect(brief(drainedAfter(table, [30, [one, other, dialling]], [45, [one, other, dialled]]))).toEqual([
      "outbound 10.0.0.1 10.0.0.2 tcp/443 1 ?",
    ]);
  });
});

describe("processes", () => {
  it("keeps that of the tuple in TIME_WAIT, and has none for an outbound one never seen open", () => {
    const drained = drainedAfter(
      createFlowTable(),
      [0, [tcp("established", "10.0.0.1:40000", "10.0.0.2:443", 5, { process: APP })]],
      [
        15,
        [tcp("time-wait", "10.0.0.1:40000", "10.0.0.2:443", 0), tcp("time-wait", "10.0.0.1:40001", "10.0.0.2:443", 0)],
      ],
    );
    expect(brief(drained)).toEqual([
      "outbound 10.0.0.1 10.0.0.2 tcp/443 1 ? guessed",
      "outbound 10.0.0.1 10.0.0.2 tcp/443 1 java guessed",
    ]);
  });

  it("replaces the listener's owner by the process that accepts", () => {
    const listener = tcp("listening", "0.0.0.0:80", NOBODY, 1, { process: POSTGRES });
    const drained = drainedAfter(
      createFlowTable(),
      [0, [listener, tcp("established", "10.0.0.1:80", "10.0.0.2:40000", 0)]],
      [15, [listener, tcp("established", "10.0.0.1:80", "10.0.0.2:40000", 5, { process: APP })]],
    );
    expect(brief(drained)).toEqual(["inbound 10.0.0.1 10.0.0.2 tcp/80 1 java"]);
  });

  it("takes equal processes for one, and the listener of the very address before the wildcard's", () => {
    const drained = drainedAfter(createFlowTable(), [
      0,
      [
        tcp("listening", "0.0.0.0:80", NOBODY, 1, { process: APP }),
        tcp("listening", "0.0.0.0:80", NOBODY, 2, { process: { ...APP } }),
        tcp("listening", "10.0.0.1:80", NOBODY, 3, { process: POSTGRES }),
        tcp("time-wait", "10.0.0.1:80", "10.0.0.2:40000", 0),
      ],
    ]);
    expect(drained.processes).toEqual([APP, POSTGRES]);
    expect(drained.listeners).toEqual([
      { protocol: "tcp", address: "0.0.0.0", port: 80, process: 0 },
      { protocol: "tcp", address: "10.0.0.1", port: 80, process: 1 },
    ]);
    expect(brief(drained)).toEqual(["inbound 10.0.0.1 10.0.0.2 tcp/80 1 postgres"]);
  });
});

describe("UDP listeners", () => {
  const service = udp("unconnected", "0.0.0.0:514", NOBODY, 1);

  it("outside the ephemeral range at once, inside it after the same socket stood 60 s", () => {
    const table = createFlowTable();
    const inside = udp("unconnected", "0.0.0.0:40000", NOBODY, 2);
    expect(listeningPorts(drainedAfter(table, [0, [service, inside]], [59, [service, inside]]))).toEqual([514]);
    expect(listeningPorts(drainedAfter(table, [60, [service, inside]]))).toEqual([514, 40000]);
    const another = udp("unconnected", "0.0.0.0:40000", NOBODY, 3);
    expect(listeningPorts(drainedAfter(table, [75, [service, another]]))).toEqual([514]);
  });

  it("make connected rows of their port inbound", () => {
    const drained = drainedAfter(createFlowTable(), [
      0,
      [service, udp("connected", "10.0.0.1:514", "10.0.0.2:514", 2)],
    ]);
    expect(brief(drained)).toEqual(["inbound 10.0.0.1 10.0.0.2 udp/514 1 ?"]);
  });
});

describe("drain", () => {
  it("before any snapshot is an empty window of now", () => {
    expect(createFlowTable({ now: () => T0 }).drain()).toEqual({
      from: T0,
      to: T0,
      processes: [],
      flows: [],
      listeners: [],
    });
  });

  it("keeps times in order and listeners in place when the clock is set back", () => {
    const table = createFlowTable();
    const rows = [tcp("listening", "0.0.0.0:80", NOBODY, 1), tcp("established", "10.0.0.1:80", "10.0.0.2:40000", 2)];
    const drained = drainedAfter(table, [0, rows], [-3600, rows]);
    expect(drained.from).toBeLessThanOrEqual(drained.to);
    expect(drained.listeners).toHaveLength(1);
    expect(drained.flows.map((flow) => Flow.safeParse(flow).success)).toEqual([true]);
  });

  it("does not depend on the order of rows, fits the protocol, and never throws", () => {
    const address = fc.constantFrom("10.0.0.1", "10.0.0.2", "127.0.0.1", "::1", "0.0.0.0", "::", "fd00::1");
    const state = fc.constantFrom<Observation["state"]>(
      "established",
      "listening",
      "time-wait",
      "syn-sent",
      "syn-received",
      "unconnected",
      "connected",
      "close-wait",
      "closed",
    );
    const row: fc.Arbitrary<Observation> = fc
      .record({
        protocol: fc.constantFrom("tcp" as const, "udp" as const),
        state,
        localAddress: address,
        localPort: fc.constantFrom(0, 53, 80, 40000, 40001),
        remoteAddress: address,
        remotePort: fc.constantFrom(0, 53, 443, 40000, 40001),
        inode: fc.constantFrom(0, 1, 2),
        owner: fc.option(fc.constantFrom(APP, POSTGRES), { nil: undefined }),
        scope: fc.option(fc.constant("c1"), { nil: undefined }),
      })
      .map(({ owner, scope, ...rest }) => {
        const made: Observation = rest;
        if (owner !== undefined) made.process = owner;
        if (scope !== undefined) made.scope = scope;
        return made;
      });
    const snapshots = fc.array(fc.uniqueArray(row, { maxLength: 12, selector: tupleOf }), { maxLength: 5 });
    fc.assert(
      fc.property(snapshots, (rows) => {
        const forward = createFlowTable();
        const backward = createFlowTable();
        for (const [index, entries] of rows.entries()) {
          forward.observe(syntheticSnapshot(index * 15, entries));
          backward.observe(syntheticSnapshot(index * 15, entries.toReversed()));
        }
        const drained = forward.drain();
        if (rows.length > 0) expect(backward.drain()).toEqual(drained);
        for (const flow of drained.flows) expect(Flow.safeParse(flow).error).toBeUndefined();
        for (const listener of drained.listeners) expect(Listener.safeParse(listener).error).toBeUndefined();
      }),
    );
  });
});
