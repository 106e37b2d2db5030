import { readFileSync } from "node:fs";
import { afterEach, expect, test } from "vitest";
import type { ConnectionEvent } from "../sampler.ts";
import type { EventSource } from "../event-source.ts";
import type { Namespaces } from "./namespaces.ts";
import { parseTraceFormat } from "./parse-trace-format.ts";
import { createTraceEvents } from "./trace-events.ts";
import type { TraceCounts, TraceInstance } from "./trace-instance.ts";

const fixture = (name: string) => readFileSync(new URL(`fixtures/${name}`, import.meta.url));
function formatOf(name: string) {
  const format = parseTraceFormat(fixture(name).toString());
  if (!format) throw new Error(`${name} is no format`);
  return format;
}
/** Recorded on Linux 6.18: a client at 10.77.0.2 and a server at 10.77.0.1, each in a namespace of its own. */
const PAGE = fixture("trace-page.bin");
const CLIENT = "10.77.0.2";
const SERVER = "10.77.0.1";

/** Synthetic: takes what the recorded servers accepted for calls that were answered. */
const { id, fields } = formatOf("trace-format.txt");
const newState = fields.get("newstate") ?? { offset: 0, size: 0 };
const asIfConnected = { id, fields: new Map([...fields, ["oldstate", newState]]) };

let source: EventSource | undefined;
afterEach(async () => source?.close());

/** A double of the kernel's tracing: gives the recorded page once it is asked for the second time. */
function instanceDouble(): TraceInstance & { total: TraceCounts } {
  let readings = 0;
  const double = {
    total: { overrun: 0, read: 0 },
    header: formatOf("trace-header-page.txt"),
    format: formatOf("trace-format.txt"),
    readPages: (take: (page: Uint8Array) => void) => void (++readings === 2 && take(PAGE)),
    counts: () => ({ ...double.total }),
    close: () => {},
  };
  return double;
}

/** A double of the host's namespaces: its own one has an address, and no caller can be looked at. */
function namespacesDouble(own: string): Namespaces {
  return {
    seesKernelPids: true,
    isOwn: () => undefined,
    scopeOf: () => undefined,
    hasAddress: (address) => address === own,
    others: () => [{ pid: 1, scope: "other" }],
    seesAll: () => true,
  };
}

function taken(options: { own: string; ownOnly?: boolean; instance?: TraceInstance; callers?: Partial<Namespaces> }) {
  const { own, ownOnly = true, instance = instanceDouble(), callers = {} } = options;
  source = createTraceEvents({
    instance,
    namespaces: { ...namespacesDouble(own), ...callers },
    scopeOfAddress: (address) => (address === SERVER ? "web1" : undefined),
    ownOnly,
    processOf: (pid) => ({ name: `p${pid > 0 ? "" : "?"}` }),
    onBacklog: () => {},
    now: () => 1000,
  });
  return source.take();
}

const inLab = ({ localAddress = "" }: ConnectionEvent) => localAddress.startsWith("10.77.");
const brief = ({ kind, direction, localAddress, remotePort, localPort, scope }: ConnectionEvent) =>
  `${scope ?? "own"} ${kind} ${direction} ${localAddress} ${direction === "inbound" ? localPort : remotePort}`;

test("connections of the host's own address: what it accepted, and nothing of the other end", () => {
  const { events } = taken({ own: SERVER });
  expect(events.filter(inLab).map(brief)).toEqual(
    [10_000, 10_001, 10_002, 10_003].map((port) => `own opened inbound ${SERVER} ${port}`),
  );
});

test("a container's connections carry its scope, the host's own none", () => {
  const { events } = taken({ own: CLIENT, ownOnly: false });
  const accepted = events.filter(inLab).map(brief);
  expect(accepted.filter((text) => text.startsWith("web1"))).toHaveLength(4);
});

test("in a container with pids of its own, no stranger is asked who called", () => {
  const asked: number[] = [];
  const isOwn = (pid: number): undefined => void asked.push(pid);
  taken({ own: SERVER, callers: { isOwn } });
  expect(asked).not.toEqual([]);
  asked.length = 0;
  taken({ own: SERVER, callers: { isOwn, seesKernelPids: false } });
  expect(asked).toEqual([]);
});

test("what nothing places is counted, not guessed", () => {
  const { source: fared } = taken({ own: "192.0.2.1", ownOnly: false });
  expect(fared.lost).toBeGreaterThan(0);
  expect(fared.reason).toContain("the network namespace is not known");
});

test.each([
  ["a host", true, [3, 0, undefined]],
  ["a container with pids of its own", false, [0, 0, expect.stringContaining("of 3 connections over loopback")]],
])("in %s, what is called over loopback is its own only where no other can be", (_where, seesKernelPids, expected) => {
  const instance = { ...instanceDouble(), format: asIfConnected };
  const callers = { seesKernelPids, others: () => [] };
  const { events, source: fared } = taken({ own: "192.0.2.1", ownOnly: false, instance, callers });
  expect([events.filter(({ scope }) => scope === undefined).length, fared.lost, fared.reason]).toEqual(expected);
});

test("in a container with pids of its own, what others do is not lost", () => {
  const callers = { seesKernelPids: false };
  expect(taken({ own: "192.0.2.1", ownOnly: false, callers }).source.lost).toBe(0);
});

test("records that the kernel overwrote are lost, and said", () => {
  const instance = instanceDouble();
  source = undefined;
  taken({ own: SERVER, instance });
  instance.total.overrun = 12;
  expect(source).toBeDefined();
  const fared = (source as EventSource | undefined)?.take().source;
  expect(fared).toMatchObject({ ok: true, lost: 12, reason: expect.stringContaining("12 records") });
});

test("records that another agent took of the same instance are lost, and said", () => {
  const instance = instanceDouble();
  instance.readPages = () => void (instance.total.read += 5);
  const fared = taken({ own: SERVER, instance }).source;
  expect(fared).toMatchObject({ ok: true, lost: 5, reason: expect.stringContaining("traceInstance") });
});

test("what was recorded before the agent began is another run's", () => {
  const instance = instanceDouble();
  let readings = 0;
  instance.readPages = (take) => void (++readings === 1 && take(PAGE));
  const { events, source: fared } = taken({ own: "192.0.2.1", ownOnly: false, instance });
  expect([events, fared.observations, fared.lost, fared.reason]).toEqual([[], 0, 0, undefined]);
});

test("a tracing that can't be read is a fault of the source, and of nothing else", () => {
  const instance = instanceDouble();
  instance.readPages = () => {
    throw new Error("read: EIO");
  };
  expect(taken({ own: SERVER, instance }).source).toMatchObject({ ok: false, reason: "read: EIO" });
});
