import * as fc from "fast-check";
import { expect, test } from "vitest";
import { accepted, context, flowsOf, syntheticFlow, syntheticReport } from "../testing/accepted-report.ts";
import { acceptReport } from "./accept-report.ts";

function hash(body: object): string {
  return accepted(body).report.contentHash;
}

test("a report comes out in the storage's terms", () => {
  const { report, rejected, unknownKeys } = accepted(syntheticReport);
  expect(rejected).toEqual([]);
  expect(unknownKeys).toBe(0);
  expect(report).toMatchObject({ agentId: "a1", number: 1, skewMs: -5000, days: ["2026-11-20", "2026-11-21"] });
  expect(report.flows).toEqual([
    {
      protocol: "tcp",
      direction: "inbound",
      localAddress: "10.0.0.1",
      remoteAddress: "10.0.0.2",
      port: 443,
      process: { name: "nginx" },
      guessed: false,
      connections: 3,
      failed: 0,
      firstSeen: Date.parse("2026-11-20T14:59:00.000Z"),
      lastSeen: Date.parse("2026-11-20T15:00:00.000Z"),
      day: "2026-11-21",
      sources: ["proc-net"],
      countsAreExact: false,
    },
  ]);
  expect("host" in report || "listeners" in report).toBe(false);
});

test("a flow of unknown direction keeps both ports", () => {
  const { serverPort: _serverPort, ...rest } = syntheticFlow;
  const flow = { ...rest, direction: "unknown", localPort: 40000, remotePort: 50000 };
  const { report } = accepted({ ...syntheticReport, flows: [flow] });
  expect(report.flows[0]).toMatchObject({ direction: "unknown", port: 50000, localPort: 40000 });
});

test("addresses have one spelling", () => {
  const { report } = flowsOf({ localAddress: "::ffff:10.0.0.1", remoteAddress: "2001:DB8:0:0::5" });
  expect(report.flows[0]).toMatchObject({ localAddress: "10.0.0.1", remoteAddress: "2001:db8::5" });
});

test("counts are exact where a source was told of every such connection in the whole window", () => {
  const [sampled] = syntheticReport.sources;
  const directions = ["inbound", "outbound"].map((direction) => ({ ...syntheticFlow, direction }));
  const exact = (...sources: object[]) => {
    const all = [sampled, ...sources.map((source) => Object.assign({}, sampled, source))];
    const { report } = accepted({ ...syntheticReport, sources: all, flows: directions });
    return report.flows.map((flow) => flow.countsAreExact);
  };
  expect(exact()).toEqual([false, false]);
  expect(exact({ name: "tracefs" })).toEqual([true, true]);
  // A client's own reset has no port.
  expect(exact({ name: "ss-events", gapMs: 12 })).toEqual([true, false]);
  expect(exact({ name: "ss-events", gapMs: 3000 })).toEqual([false, false]);
  expect(exact({ name: "tracefs", lost: 1 })).toEqual([false, false]);
  expect(exact({ name: "tracefs", ok: false })).toEqual([false, false]);
});

test("a bad item costs only itself and is named by path, expectation and value", () => {
  const { report, rejected } = flowsOf(
    {},
    { serverPort: 70000 },
    { protocol: "sctp" },
    { direction: "sideways" },
    { localAddress: "x".repeat(500) },
  );
  expect(report.flows).toHaveLength(1);
  expect(rejected).toEqual([
    { path: "flows[1].serverPort", reason: "expected at most 65535, got 70000" },
    { path: "flows[2].protocol", reason: 'expected tcp or udp, got "sctp"' },
    { path: "flows[3].direction", reason: 'expected inbound, outbound or unknown, got "sideways"' },
    { path: "flows[4].localAddress", reason: `expected an IPv4 or IPv6 address, got "${"x".repeat(59)}…` },
  ]);
});

test("a flow or listener whose process can't be had is kept without it, and says so", () => {
  const { report, rejected } = accepted({
    ...syntheticReport,
    processes: [{ name: "" }, { name: "ok" }],
    flows: [syntheticFlow, { ...syntheticFlow, process: 9 }, { ...syntheticFlow, process: 1 }],
    listeners: [{ protocol: "tcp", address: "::", port: 443, process: 7 }],
  });
  expect(report.flows.map((flow) => flow.process?.name)).toEqual([undefined, undefined, "ok"]);
  expect(report.listeners).toEqual([{ protocol: "tcp", address: "::", port: 443 }]);
  expect(rejected.map(({ path }) => path)).toEqual([
    "processes[0].name",
    "listeners[0].process",
    "flows[0].process",
    "flows[1].process",
  ]);
  expect(rejected[3]?.reason).toBe("expected an index below 2, got 9; kept without process");
});

test("bad host facts are dropped, bad sources one by one", () => {
  const { report, rejected } = accepted({ ...syntheticReport, host: { hostname: "app01" }, sources: [{}, 5] });
  expect(report.host).toBeUndefined();
  expect(report.sources).toEqual([]);
  expect(rejected.map(({ path }) => path)).toEqual(
    expect.arrayContaining(["host.os", "sources[0].name", "sources[1]"]),
  );
});

test("a bad envelope lists every path and reason", () => {
  const outcome = acceptReport({ ...syntheticReport, sentAt: "now", sequence: { epoch: "zz", number: 0 } }, context);
  expect(outcome).toMatchObject({ ok: false, code: "invalid_report" });
  expect(!outcome.ok && outcome.issues.map(({ path }) => path)).toEqual([
    "sequence.epoch",
    "sequence.number",
    "sentAt",
  ]);
});

test("another protocol version is refused by name, whatever else the body holds", () => {
  expect(acceptReport({ protocolVersion: 2 }, context)).toEqual({
    ok: false,
    code: "unsupported_protocol_version",
    issues: [{ path: "protocolVersion", reason: "expected 1, the version that this collector speaks, got 2" }],
  });
  expect(acceptReport({}, context)).toMatchObject({ code: "invalid_report" });
});

test("a report that names another agent is refused; one from a file may name any", () => {
  const outcome = acceptReport({ ...syntheticReport, agent: { id: "a2", version: "1" } }, context);
  expect(outcome).toMatchObject({ ok: false, issues: [{ path: "agent.id" }] });
  const { agentId: _agentId, ...fromFile } = context;
  expect(acceptReport({ ...syntheticReport, agent: { id: "a2", version: "1" } }, fromFile).ok).toBe(true);
});

test("unknown keys are ignored and counted, at any depth", () => {
  const { report, unknownKeys } = accepted({
    ...syntheticReport,
    future: { deep: { er: 1 } },
    agent: { ...syntheticReport.agent, mood: "good" },
    directory: { domain: "corp.local" },
    processes: [{ name: "nginx", container: { id: "c1", runtime: "podman" } }],
    flows: [{ ...syntheticFlow, colour: "blue" }],
  });
  expect(unknownKeys).toBe(4);
  expect(report.flows).toHaveLength(1);
});

test("the content's hash knows no order of keys and no sentAt, and sees everything else", () => {
  const reversed = Object.fromEntries(Object.entries(syntheticReport).reverse());
  expect(hash({ ...reversed, sentAt: "2026-11-21T00:00:00Z" })).toBe(hash(syntheticReport));
  const upgraded = { ...syntheticReport, agent: { ...syntheticReport.agent, version: "9.9.9" } };
  expect(hash(upgraded)).toBe(hash(syntheticReport));
  expect(hash({ ...syntheticReport, flows: [{ ...syntheticFlow, connections: 4 }] })).not.toBe(hash(syntheticReport));
});

test("no JSON value makes it throw, and what is taken is always whole", () => {
  const noise = fc.jsonValue({ maxDepth: 4 });
  const noisyFlow = fc.record(
    Object.fromEntries(Object.entries(syntheticFlow).map(([key, value]) => [key, fc.oneof(fc.constant(value), noise)])),
    { requiredKeys: [] },
  );
  const noisyReport = fc.record(
    {
      ...Object.fromEntries(
        Object.entries(syntheticReport).map(([key, value]) => [
          key,
          fc.oneof({ weight: 20, arbitrary: fc.constant(value) }, { weight: 1, arbitrary: noise }),
        ]),
      ),
      flows: fc.array(fc.oneof(noisyFlow, noise)),
      listeners: fc.array(noise),
      host: noise,
      ["__proto__"]: noise,
    },
    { requiredKeys: [] },
  );
  fc.assert(
    fc.property(fc.oneof(noise, noisyReport), (body) => {
      const outcome = acceptReport(body, context);
      if (!outcome.ok) return outcome.issues.length > 0;
      return outcome.report.flows.every(
        (flow) => /^\d{4}-\d{2}-\d{2}$/.test(flow.day) && flow.lastSeen >= flow.firstSeen,
      );
    }),
    { numRuns: 2000, seed: 20261120 },
  );
});
