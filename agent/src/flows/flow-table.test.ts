import { Flow, Listener } from "@portolan/protocol";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Observation } from "../sampling/sampler.ts";
import { brief, drainedAfter, listeningPorts } from "./drained-in-short.ts";
import { createFlowTable } from "./flow-table.ts";
import { APP, NOBODY, POSTGRES, T0, syntheticSnapshot, tcp, udp } from "./synthetic-snapshots.ts";
import { tupleKey } from "../sampling/tuple.ts";

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
      uncounted: { unplaced: 0, beyond: 0 },
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
    const snapshots = fc.array(fc.uniqueArray(row, { maxLength: 12, selector: tupleKey }), { maxLength: 5 });
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
