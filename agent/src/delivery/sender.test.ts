import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Instructions } from "@portolan/protocol";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { Status } from "../state/status.ts";
import { type CollectorDouble, type DoubleAnswer, startCollectorDouble, taken } from "./collector-double.ts";
import { syntheticDraft } from "./sample-draft.ts";
import { createSender } from "./sender.ts";
import { type Spool, openSpool } from "./spool.ts";

let root: string;
let spool: Spool;
let double: CollectorDouble;
let stop: () => Promise<void>;
const seen: { status: Partial<Status>; instructions: Instructions[] } = { status: {}, instructions: [] };
const log = { debug: vi.fn(), info: vi.fn(), warn: vi.fn(), error: vi.fn() };

beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), "portolan-sender-"));
  const directory = join(root, "spool");
  const quarantineDirectory = join(root, "quarantine");
  mkdirSync(directory);
  mkdirSync(quarantineDirectory);
  const limits = { limitBytes: 1e6, quarantineLimitBytes: 1e6 };
  spool = await openSpool({ directory, quarantineDirectory, ...limits, agentVersion: "0.0.9", log });
  seen.status = {};
  seen.instructions = [];
  vi.clearAllMocks();
});
afterEach(async () => {
  await stop();
  await double.close();
  rmSync(root, { recursive: true });
});

/** Starts a sender towards a double that answers as told. */
async function start(answer?: (n: number) => DoubleAnswer | undefined, secrets = ["s1"]): Promise<{ wake(): void }> {
  double = await startCollectorDouble(answer);
  const sender = createSender({
    spool,
    identity: () => ({
      agentId: "agent-1",
      secret: secrets.length > 1 ? (secrets.shift() ?? "") : (secrets[0] ?? ""),
      url: `http://127.0.0.1:${double.port}`,
      site: "site-1",
    }),
    status: { update: async (change) => void (seen.status = { ...seen.status, ...change }) },
    log,
    instruct: (instructions) => seen.instructions.push(instructions),
  });
  const controller = new AbortController();
  const running = sender.run(controller.signal);
  stop = async () => {
    controller.abort();
    await running;
    sender.close();
  };
  return sender;
}

const numbers = () => double.requests.map(({ report }) => report?.sequence.number);
const flowCounts = () => double.requests.map(({ report }) => report?.flows.length);

describe("sender", () => {
  test("sends what is spooled over one connection, as a whole report with the agent's secret", async () => {
    await spool.add(syntheticDraft(2));
    const sender = await start();
    await vi.waitFor(() => expect(spool.size().reports).toBe(0));
    await spool.add(syntheticDraft(1));
    sender.wake();
    await vi.waitFor(() => expect(double.requests).toHaveLength(2));
    const [request] = double.requests;
    expect(request).toMatchObject({
      path: "/api/v1/reports",
      headers: { authorization: "Bearer s1", "content-type": "application/json", "content-encoding": "gzip" },
      report: { agent: { id: "agent-1", version: "0.0.9" }, sequence: { number: 1 }, flows: syntheticDraft(2).flows },
    });
    expect(double.connections).toBe(1);
    await vi.waitFor(() => expect(seen.status.lastAnswer).toMatchObject({ status: 200, applied: true, rejected: 0 }));
  });

  test("hands on instructions, and drops what makes no sense in them", async () => {
    await spool.add(syntheticDraft(1));
    await start(() =>
      taken({ instructions: { sampleSeconds: 20, reportSeconds: "soon", resend: ["host"], later: 1 } }),
    );
    await vi.waitFor(() => expect(seen.instructions).toEqual([{ sampleSeconds: 20, resend: ["host"] }]));
  });

  test("goes on under a new epoch when asked to, and what has a number keeps it", async () => {
    await spool.add(syntheticDraft(1));
    await spool.add(syntheticDraft(2));
    await start((n) => taken(n === 0 ? { instructions: { newEpoch: true } } : {}));
    await vi.waitFor(() => expect(spool.size().reports).toBe(0));
    const [first, second] = double.requests.map(({ report }) => report?.sequence);
    expect([first?.number, second?.number]).toEqual([1, 1]);
    expect(second?.epoch).toMatch(/^[0-9a-f]{32}$/);
    expect(second?.epoch).not.toBe(first?.epoch);
    expect(log.warn.mock.calls.map(([, text]) => text)).toEqual([expect.stringContaining("enrol --force")]);
  });

  test.each([400, 422])("puts a report answered %i into quarantine and goes on with the next", async (status) => {
    await spool.add(syntheticDraft(1));
    await spool.add(syntheticDraft(2));
    await start((n) => (n === 0 ? { status, body: { title: "malformed", detail: "flows[0]: no" } } : taken()));
    await vi.waitFor(() => expect(spool.size()).toMatchObject({ reports: 0, quarantined: 1 }));
    expect(flowCounts()).toEqual([1, 2]);
    expect(seen.status.lastError?.message).toContain("flows[0]: no");
  });

  test("splits a report answered 413 until it fits, and gives up on a single flow", async () => {
    await spool.add(syntheticDraft(4));
    await start((n) =>
      double.requests[n]?.report?.flows.some((flow) => "serverPort" in flow && flow.serverPort === 1000)
        ? { status: 413 }
        : taken(),
    );
    await vi.waitFor(() => expect(spool.size()).toMatchObject({ reports: 0, quarantined: 1 }));
    expect(flowCounts()).toEqual([4, 2, 1, 1, 2]);
    expect(new Set(numbers()).size).toBe(5);
  });

  test("keeps a report while the collector hangs up or fails, and sends the same again", async () => {
    await spool.add(syntheticDraft(1));
    await start((n) => (n === 0 ? undefined : n === 1 ? { status: 503, headers: { "Retry-After": "0" } } : taken()));
    await vi.waitFor(() => expect(spool.size().reports).toBe(0), { timeout: 8000 });
    expect(double.requests).toHaveLength(3);
    const [first, second, third] = double.requests.map(({ report }) => JSON.stringify(report));
    expect(second).toBe(first);
    expect(third).toBe(first);
  }, 10_000);

  test("obeys Retry-After", async () => {
    await spool.add(syntheticDraft(1));
    await start((n) => (n === 0 ? { status: 429, headers: { "Retry-After": "2" } } : taken()));
    const started = Date.now();
    await vi.waitFor(() => expect(spool.size().reports).toBe(0), { timeout: 6000 });
    expect(Date.now() - started).toBeGreaterThan(1900);
  }, 10_000);

  test("keeps everything after a 401, says so, and does not hammer", async () => {
    await spool.add(syntheticDraft(1));
    await start(() => ({ status: 401 }));
    await vi.waitFor(() => expect(seen.status.authorised).toBe(false));
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(double.requests).toHaveLength(1);
    expect(spool.size()).toMatchObject({ reports: 1, quarantined: 0 });
    expect(log.error.mock.calls[0]?.[1]).toMatch(/does not know this agent's secret/);
    expect(JSON.stringify([log.error.mock.calls, log.warn.mock.calls, seen.status])).not.toContain("Bearer");
  });

  test("takes somebody else's 200 for no answer", async () => {
    await spool.add(syntheticDraft(1));
    await start(() => ({ status: 200, body: "<html>" }));
    await vi.waitFor(() => expect(seen.status.lastError?.message).toMatch(/not a collector's/));
    expect(spool.size().reports).toBe(1);
  });
});
