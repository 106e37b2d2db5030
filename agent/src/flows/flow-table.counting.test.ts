import { describe, expect, it } from "vitest";
import type { Observation } from "../sampling/sampler.ts";
import { brief, counts, drainedAfter } from "./drained-in-short.ts";
import { createFlowTable } from "./flow-table.ts";
import type { Drained, FlowTable, ListenerMemory } from "./flow-table.ts";
import { APP, NOBODY, T0, leftBehind, listening, syntheticSnapshot, tcp } from "./synthetic-snapshots.ts";

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

  it("counts a tuple once that one reading of the tables shows twice: they changed meanwhile", () => {
    const twice = [row("established", 5), row("established", 6)];
    expect(counts(drainedAfter(createFlowTable(), [0, twice]))).toEqual([[1]]);
  });

  it("counts a tuple that vanished and came back twice", () => {
    const waiting = [row("time-wait", 0)];
    expect(counts(drainedAfter(createFlowTable(), [0, waiting], [15, []], [30, waiting]))).toEqual([[2]]);
    const open = [row("established", 5)];
    expect(counts(drainedAfter(createFlowTable(), [0, open], [15, []], [30, open]))).toEqual([[2]]);
  });

  it("does not take a failed source for the end of its connections and listeners", () => {
    const table = createFlowTable();
    const listener = tcp("listening", "0.0.0.0:80", NOBODY, 1);
    const drained = drainedAfter(table, [0, [row("established", 5), listener]], [15, [], false]);
    expect(drained.listeners).toHaveLength(1);
    expect(counts(drainedAfter(table, [30, [row("established", 5), listener]]))).toEqual([[0]]);
  });

  it("does not take a container that could not be read for the end of its connections, nor others for unread", () => {
    const table = createFlowTable();
    const inContainer = { scope: "netns-1" };
    const ends = ["10.0.0.1:5000", "10.0.0.2:40000"] as const;
    const rows = [row("established", 5), tcp("established", ...ends, 6, inContainer)];
    const listener = tcp("listening", "0.0.0.0:5000", NOBODY, 1, inContainer);
    drainedAfter(table, [0, [...rows, listener]]);
    table.observe({ ...syntheticSnapshot(15, []), unreadScopes: new Set(["netns-1"]) });
    const { listeners, flows } = table.drain();
    expect(listeners).toHaveLength(1);
    expect(flows).toEqual([]);
    const drained = drainedAfter(table, [30, [...rows, listener]]);
    expect(drained.flows.map(({ scope, connections }) => [scope, connections])).toEqual([
      ["netns-1", 0],
      [undefined, 1],
    ]);
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

  it("counts what began to wait since the run before looked, where the kernel tells when", () => {
    const before = createFlowTable();
    drainedAfter(before, [0, listening(5432)]);
    const waiting = [19_000, 19_950, 21_000].map((waitedMs, client) => ({
      ...tcp("time-wait", "10.0.0.1:5432", `10.0.0.2:${40_000 + client}`, 0),
      waitedMs,
    }));
    expect(countsOf(drainedAfter(restarted(before), [20, [...listening(5432), ...waiting]]))).toEqual([1]);
  });

  it("counts no TIME_WAIT of a connection that the run before had counted while it was open", () => {
    const before = createFlowTable();
    const tuple = ["10.0.0.1:5432", "10.0.0.2:40000"] as const;
    drainedAfter(before, [0, [...listening(5432), tcp("established", ...tuple, 7)]]);
    const waiting = { ...tcp("time-wait", ...tuple, 0), waitedMs: 5000 };
    for (const seconds of [20, 90])
      expect(countsOf(drainedAfter(restarted(before), [seconds, [...listening(5432), waiting]]))).toEqual([0]);
  });

  it("counts no TIME_WAIT of the minute where too many were open to be remembered", () => {
    const before = createFlowTable();
    const open = Array.from({ length: 2001 }, (_, client) =>
      tcp("established", "10.0.0.1:5432", `10.0.0.2:${30_000 + client}`, 7 + client),
    );
    drainedAfter(before, [0, [...listening(5432), ...open]]);
    const waiting = { ...tcp("time-wait", "10.0.0.1:5432", "10.0.0.2:50000", 0), waitedMs: 5000 };
    expect(countsOf(drainedAfter(restarted(before), [20, [...listening(5432), waiting]]))).toEqual([0]);
  });

  it("counts what the run before saw after its last drain, as that told nobody", () => {
    const before = createFlowTable();
    drainedAfter(before, [0, listening(5432)]);
    const waiting = tcp("time-wait", "10.0.0.1:5432", "10.0.0.2:40000", 0);
    before.observe(syntheticSnapshot(20, [...listening(5432), { ...waiting, waitedMs: 5000 }]));
    const again = [...listening(5432), { ...waiting, waitedMs: 10_000 }];
    expect(countsOf(drainedAfter(restarted(before), [25, again]))).toEqual([1]);
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
