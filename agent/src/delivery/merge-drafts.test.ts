import type { Flow } from "@portolan/protocol";
import { expect, test } from "vitest";
import { mergeDrafts } from "./merge-drafts.ts";
import type { Draft } from "./report.ts";
import { syntheticDraft } from "./sample-draft.ts";
import { REPORT_LIMITS } from "./wire.ts";

const [MORNING, NOON, NIGHT] = ["2026-11-20T01:00:00.000Z", "2026-11-20T03:00:00.000Z", "2026-11-20T09:00:00.000Z"];

const flow: Flow = {
  direction: "outbound",
  protocol: "tcp",
  localAddress: "10.0.0.1",
  remoteAddress: "10.0.0.9",
  serverPort: 443,
  process: 0,
  connections: 2,
  bytesSent: 10,
  firstSeen: NOON,
  lastSeen: NIGHT,
  sources: ["proc-net"],
};

function draft(change: Partial<Draft>): Draft {
  return { ...syntheticDraft(0), window: { from: MORNING, to: NOON }, processes: [{ name: "java" }], ...change };
}

test("adds up the flows of one key and keeps the extremes of time and the union of sources", () => {
  const older = draft({ flows: [{ ...flow, firstSeen: MORNING, lastSeen: MORNING, guessed: true, failed: 1 }] });
  const newer = draft({
    window: { from: NOON, to: NIGHT },
    processes: [{ name: "other" }, { name: "java" }],
    flows: [{ ...flow, process: 1, bytesReceived: 5, sources: ["conntrack"] }],
  });
  expect(mergeDrafts(older, newer)).toMatchObject({
    window: { from: MORNING, to: NIGHT },
    processes: [{ name: "java" }],
    sources: [{ name: "spool", ok: true, observations: 1, lost: 0 }],
    flows: [
      {
        ...flow,
        connections: 4,
        failed: 1,
        bytesSent: 20,
        bytesReceived: 5,
        firstSeen: MORNING,
        lastSeen: NIGHT,
        sources: ["conntrack", "proc-net"],
      },
    ],
  });
  expect(mergeDrafts(older, newer)?.flows[0]).not.toHaveProperty("guessed");
});

test.each<[string, Partial<Flow>]>([
  ["another process", { process: 1 }],
  ["another peer", { remoteAddress: "10.0.0.8" }],
  ["another scope", { scope: "net:1" }],
  ["another direction", { direction: "inbound" }],
])("keeps apart what differs by %s", (_what, change) => {
  const other = Object.assign({}, flow, change);
  const sum = mergeDrafts(
    draft({ flows: [flow] }),
    draft({ processes: [{ name: "java" }, { name: "nginx" }], flows: [other] }),
  );
  expect(sum?.flows).toHaveLength(2);
  expect(sum?.flows.map(({ process }) => sum.processes[process ?? -1]?.name)).toEqual([
    "java",
    change.process === 1 ? "nginx" : "java",
  ]);
});

test("takes the newer facts, and the older where the newer has none", () => {
  const listener = { protocol: "tcp", address: "0.0.0.0", port: 22, process: 0 } as const;
  const older = draft({ processes: [{ name: "sshd" }], listeners: [listener] });
  const newer = draft({ flows: [flow] });
  const sum = mergeDrafts(older, newer);
  expect(sum?.processes[sum.listeners?.[0]?.process ?? -1]).toEqual({ name: "sshd" });
  expect(mergeDrafts(older, { ...newer, listeners: [] })?.listeners).toEqual([]);
});

test("counts of merged and damaged reports add up over merges", () => {
  const one = mergeDrafts(draft({}), draft({}));
  const two = mergeDrafts(draft({}), draft({}));
  if (!one || !two) throw new Error("expected sums");
  expect(mergeDrafts(one, two)?.sources).toMatchObject([{ name: "spool", observations: 3 }]);
});

function manyFlows(from: number, count: number): Flow[] {
  return Array.from({ length: count }, (_, index) => ({
    ...flow,
    localAddress: `fd00::${(from + index).toString(16)}`,
  }));
}

test("does not merge into more than one report may carry", () => {
  const half = REPORT_LIMITS.flows / 2;
  expect(
    mergeDrafts(draft({ flows: manyFlows(0, half) }), draft({ flows: manyFlows(half, half) }))?.flows,
  ).toHaveLength(2 * half);
  expect(
    mergeDrafts(draft({ flows: manyFlows(0, half) }), draft({ flows: manyFlows(half, half + 1) })),
  ).toBeUndefined();
});

const part = (minute: string, bytes: number) => ({
  from: `2026-11-20T0${minute}:00.000Z`,
  to: `2026-11-20T0${minute}:30.000Z`,
  volumes: [{ mount: "/", written: { ms: 30_000, bytes, peak: bytes / 30 } }],
});

test("adds the load of one hour up, and keeps that of others", () => {
  const older = draft({ load: [part("1:10", 300), part("2:00", 60)] });
  const newer = draft({ window: { from: NOON, to: NIGHT }, load: [part("2:30", 90)] });
  expect(mergeDrafts(older, newer)?.load).toEqual([
    part("1:10", 300),
    {
      from: "2026-11-20T02:00:00.000Z",
      to: "2026-11-20T02:30:30.000Z",
      volumes: [{ mount: "/", written: { ms: 60_000, bytes: 150, peak: 3 } }],
    },
  ]);
  expect(mergeDrafts(older, draft({}))?.load).toEqual(older.load);
  expect(mergeDrafts(draft({}), draft({}))).not.toHaveProperty("load");
});
