import type { Directory, HostFacts } from "@portolan/protocol";
import { beforeEach, describe, expect, test } from "vitest";
import type { Drained, FlowTable } from "./flows/flow-table.ts";
import { watchLoad } from "./load/index.ts";
import { createObserver } from "./observer.ts";
import type { Snapshot } from "./sampling/sampler.ts";

const silent = { debug() {}, info() {}, warn() {}, error() {} };
const facts: HostFacts = {
  hostname: "h",
  os: { family: "linux", name: "L", architecture: "x64" },
  cpu: { cores: 1, logicalCores: 1 },
  memoryBytes: 1,
  disks: [{ mount: "/", sizeBytes: 1000, usedBytes: 500 }],
  interfaces: [],
};
const source = { name: "proc-net", ok: true, observations: 3, lost: 0, gapMs: 0, cpuMs: 1, blindTo: ["bytes"] };

let at: number;
let failWith: Error | undefined;
let listeners: Drained["listeners"];
let uncounted: Drained["uncounted"];

/** A sampler whose clock the test sets. */
const samplerDouble = {
  async sample(): Promise<Snapshot> {
    if (failWith) throw failWith;
    return {
      at,
      observations: [],
      events: [],
      tellsOpenings: false,
      tellsFailures: false,
      isComplete: true,
      sources: [{ ...source }],
      ephemeralPorts: { from: 32_768, to: 60_999 },
    };
  },
  async close() {},
};

/** A flow table that only keeps the window. */
function tableDouble(): FlowTable {
  let from: number | undefined;
  let to = 0;
  return {
    observe(snapshot) {
      from ??= snapshot.at;
      to = snapshot.at;
    },
    drain() {
      const drained = { from: from ?? to, to, processes: [], flows: [], listeners, uncounted };
      from = to;
      return drained;
    },
    memory: () => ({ listeners: [] }),
  };
}

const observerAt = () =>
  createObserver({ sampler: samplerDouble, table: tableDouble(), timeZone: "UTC", log: silent, now: () => at });

beforeEach(() => {
  at = Date.parse("2026-11-20T10:00:00Z");
  failWith = undefined;
  listeners = [{ protocol: "tcp", address: "::", port: 80 }];
  uncounted = { unplaced: 0, beyond: 0 };
});

describe("observer", () => {
  test("sends host facts and listeners once, again when they changed, when asked, and after a day", async () => {
    const observer = observerAt();
    observer.setHost(facts);
    const sent = async () => {
      await observer.sample();
      return observer.drain().map((draft) => ["host" in draft, "listeners" in draft]);
    };
    expect(await sent()).toEqual([[true, true]]);
    expect(await sent()).toEqual([[false, false]]);
    listeners = [];
    expect(await sent()).toEqual([[false, true]]);
    observer.setHost({ ...facts, memoryBytes: 2 });
    expect(await sent()).toEqual([[true, false]]);
    observer.setHost({ ...facts, memoryBytes: 2, disks: [{ mount: "/", sizeBytes: 1000, usedBytes: 501 }] });
    expect(await sent()).toEqual([[false, false]]);
    observer.resend(["host", "listeners", "directory"]);
    expect(await sent()).toEqual([[true, true]]);
    at += 86_400_000;
    expect((await sent()).at(-1)).toEqual([false, false]);
  });

  test("sends the domain membership when it changed, not when it was only checked again, when asked, and says why there is none", async () => {
    const observer = observerAt();
    const membership: Directory = {
      status: "joined",
      domainControllers: [],
      spns: [],
      serviceAccounts: [],
      evidence: [],
      checkedAt: "2026-11-20T10:00:00.000Z",
    };
    const sent = async () => {
      await observer.sample();
      return observer.drain()[0];
    };
    observer.setDirectory(membership);
    expect(await sent()).toMatchObject({ directory: membership });
    observer.setDirectory({ ...membership, checkedAt: "2026-11-20T11:00:00.000Z", probeMs: 7 });
    expect(await sent()).not.toHaveProperty("directory");
    observer.setDirectory({ ...membership, status: "broken" });
    expect(await sent()).toMatchObject({ directory: { status: "broken" } });
    observer.resend(["directory"]);
    expect(await sent()).toMatchObject({ directory: { status: "broken" } });
    observer.setDirectory(new Error("no domain can be read"));
    const failed = await sent();
    expect(failed).not.toHaveProperty("directory");
    expect(failed?.sources).toMatchObject([{}, { name: "directory", ok: false, reason: "no domain can be read" }]);
  });

  test("ends a window with the last sample of the day", async () => {
    const midnight = new Date(2026, 10, 21).getTime();
    const observer = observerAt();
    for (at of [midnight - 20_000, midnight - 5000, midnight + 10_000]) await observer.sample();
    expect(observer.drain().map(({ window }) => [Date.parse(window.from), Date.parse(window.to)])).toEqual([
      [midnight - 20_000, midnight - 5000],
      [midnight - 5000, midnight + 10_000],
    ]);
  });

  test("sums up its sources over the window, and says when sampling or inventory failed", async () => {
    const observer = observerAt();
    await observer.sample();
    at += 15_000;
    failWith = new Error("no /proc");
    await observer.sample();
    observer.setHost(new Error("host facts: late"));
    const [draft] = observer.drain();
    expect(draft?.sources).toMatchObject([
      { name: "proc-net", ok: true, observations: 3 },
      { name: "sampler", ok: false, reason: "no /proc", gapMs: 15_000 },
      { name: "inventory", ok: false, reason: "host facts: late" },
    ]);
    expect(draft).not.toHaveProperty("host");
    failWith = undefined;
    await observer.sample();
    await observer.sample();
    expect(observer.drain()[0]?.sources).toMatchObject([{ name: "proc-net", observations: 6 }, { name: "inventory" }]);
  });

  test("tells the load that each look found once, and what of it could not be read", async () => {
    let memoryUsed: number | undefined = 1000;
    const reader = {
      read: async () => ({
        ...(memoryUsed !== undefined && { memoryUsed }),
        interfaces: new Map(),
        volumes: [],
        problems: memoryUsed === undefined ? ["no meminfo"] : [],
        lost: 0,
      }),
    };
    const load = watchLoad(reader);
    const observer = createObserver({
      sampler: samplerDouble,
      table: tableDouble(),
      load,
      timeZone: "UTC",
      log: silent,
    });
    await observer.sample();
    const [told] = observer.drain();
    expect(told?.load).toMatchObject([{ memory: { samples: 1, mean: 1000, peak: 1000 }, volumes: [] }]);
    expect(told?.sources.map(({ name }) => name)).toEqual(["proc-net"]);
    expect(observer.drain()[0]).not.toHaveProperty("load");
    memoryUsed = undefined;
    await new Promise((resolve) => setTimeout(resolve, 520));
    await observer.sample();
    const [failed] = observer.drain();
    expect(failed).not.toHaveProperty("load");
    expect(failed?.sources).toMatchObject([{ name: "proc-net" }, { name: "load", ok: false, reason: "no meminfo" }]);
  });

  test("what is in no flow is lost, and said", async () => {
    uncounted = { unplaced: 3, beyond: 2 };
    const observer = observerAt();
    await observer.sample();
    expect(observer.drain()[0]?.sources[0]).toMatchObject({
      lost: 5,
      reason: "of 3 resets the own address is not known; 2 rows beyond the connections that are followed at once",
    });
  });
});
