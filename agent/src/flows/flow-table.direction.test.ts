import { describe, expect, it } from "vitest";
import type { Observation } from "../sampling/sampler.ts";
import { brief, drainedAfter } from "./drained-in-short.ts";
import { createFlowTable } from "./flow-table.ts";
import type { ListenerMemory } from "./flow-table.ts";
import { APP, NOBODY, POSTGRES, leftBehind, listening, syntheticSnapshot, tcp, udp } from "./synthetic-snapshots.ts";

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

  it("decides it later where the system keeps it for longer, as Windows does", () => {
    const left = [{ ...tcp("time-wait", "10.0.0.1:20000", "10.0.0.2:5432", 0), waitedMs: 120_000 }];
    const table = createFlowTable();
    table.observe(widened(0, []));
    table.observe(widened(76, left));
    expect(brief(table.drain())).toEqual(["unknown 10.0.0.1 10.0.0.2 tcp/20000-5432 1 ?"]);
    table.observe(widened(121, []));
    table.observe(widened(136, left));
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
