import { gzipSync, zstdCompressSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { sampleFlow, sampleHost, sampleReport } from "../testing/sample-report.ts";
import { startTestCollector, type TestCollector } from "../testing/test-collector.ts";

let collector: TestCollector;
let agent: { agentId: string; secret: string };
beforeEach(async () => {
  collector = await startTestCollector();
  agent = await collector.enrol("web1");
});
afterEach(() => collector.close());

const post = (payload: Buffer | string, headers: Record<string, string> = {}, secret = agent.secret) =>
  collector.call(secret, {
    method: "POST",
    url: "/api/v1/reports",
    payload,
    headers: { "content-type": "application/json", ...headers },
  });
const postReport = (report: unknown) => post(JSON.stringify(report));
const dependencies = async () =>
  (await collector.call(collector.secrets.viewer, { url: "/api/v1/dependencies" })).json<{
    items: Record<string, unknown>[];
  }>().items;

describe("POST /reports", () => {
  const flows = [sampleFlow("outbound", "10.1.0.5", "10.2.0.9", 5432)];

  it("applies a report once, however it is sent and how often", async () => {
    const text = JSON.stringify(
      sampleReport(agent.agentId, { host: sampleHost("web1", "10.1.0.5"), listeners: [], flows }),
    );
    const first = await post(gzipSync(text), { "content-encoding": "gzip" });
    expect(first.json()).toEqual({ applied: true, duplicate: false, rejected: [], unknownKeys: 0, instructions: {} });
    const second = await post(zstdCompressSync(text), { "content-encoding": "zstd" });
    expect(second.json()).toMatchObject({ applied: false, duplicate: true });
    expect(await dependencies()).toMatchObject([
      { clientHost: "web1", serverAddress: "10.2.0.9", serverPort: 5432, connections: 3, lowerBound: true },
    ]);
  });

  it("asks those to come back for whom there is no room, and takes all others", async () => {
    const body = gzipSync(JSON.stringify(sampleReport(agent.agentId, { flows })));
    const storm = Array.from({ length: 1200 }, () => post(body, { "content-encoding": "gzip" }));
    const answers = await Promise.all(storm);
    const refused = answers.filter((answer) => answer.statusCode !== 200);
    expect(refused.length).toBeGreaterThan(0);
    expect(refused.length).toBeLessThanOrEqual(200);
    for (const answer of refused) {
      expect([answer.statusCode, answer.headers["retry-after"]]).toEqual([503, "30"]);
      expect(answer.json()).toMatchObject({ code: "overloaded" });
    }
    const applied = answers.filter((answer) => answer.json<{ applied?: boolean }>().applied);
    expect(applied).toHaveLength(1);
    expect((await post(body, { "content-encoding": "gzip" })).json()).toMatchObject({ duplicate: true });
  });

  it("goes on answering when counts add up to more than a safe integer", async () => {
    const most = { connections: Number.MAX_SAFE_INTEGER, bytesSent: Number.MAX_SAFE_INTEGER };
    const huge = flows.map((flow) => Object.assign({}, flow, most));
    await postReport(sampleReport(agent.agentId, { number: 1, flows: huge, host: sampleHost("web1", "10.1.0.5") }));
    await postReport(sampleReport(agent.agentId, { number: 2, flows: huge }));
    for (const path of ["dependencies", "flows", "graph", "firewall/rules", "firewall/matrix", "openapi.json"]) {
      const answer = await collector.call(collector.secrets.viewer, { url: `/api/v1/${path}` });
      expect([path, answer.statusCode]).toEqual([path, 200]);
    }
    expect(await dependencies()).toMatchObject([{ connections: 2 * Number.MAX_SAFE_INTEGER }]);
  });

  it("pages through flows that differ only in what is not shown", async () => {
    const processes = ["root", "www"].map((user) => ({ name: "nginx", user }));
    const both = [0, 1].flatMap((process) =>
      [80, 81, 82].map((port) => ({ ...sampleFlow("outbound", "10.1.0.5", "10.2.0.9", port), process })),
    );
    await postReport(sampleReport(agent.agentId, { processes, flows: both }));
    const ids: string[] = [];
    for (let cursor = "", page = 0; page < 9; page++) {
      const url = `/api/v1/flows?limit=2${cursor}`;
      const answer = await collector.call(collector.secrets.viewer, { url });
      const { items, nextCursor } = answer.json<{ items: { id: string }[]; nextCursor: string | null }>();
      ids.push(...items.map((item) => item.id));
      if (nextCursor === null) break;
      cursor = `&cursor=${nextCursor}`;
    }
    expect(ids).toHaveLength(6);
    expect(new Set(ids).size).toBe(6);
  });

  it("keeps the rule of a connection that stands since before the period, whatever failed in it", async () => {
    const host = sampleHost("web1", "10.1.0.5");
    const first = { firstSeen: "2026-03-01T03:00:00Z", lastSeen: "2026-03-01T04:00:00Z", connections: 1 };
    const later = { firstSeen: "2026-03-09T03:00:00Z", lastSeen: "2026-03-09T04:00:00Z", connections: 0, failed: 1 };
    for (const [index, counts] of [first, later].entries()) {
      const counted = flows.map((flow) => Object.assign({}, flow, counts));
      await postReport(sampleReport(agent.agentId, { number: index + 1, host, flows: counted }));
    }
    for (const query of ["", "?since=2026-03-05", "?until=2026-03-01"]) {
      const answer = await collector.call(collector.secrets.viewer, { url: `/api/v1/firewall/rules${query}` });
      expect(answer.json()).toMatchObject({ items: [{ services: [{ fromPort: 5432 }] }] });
    }
  });

  it("takes the agent's clock from the attempt, not from a report that waited", async () => {
    const skew = async () =>
      (await collector.call(collector.secrets.viewer, { url: "/api/v1/agents" })).json<{
        items: { skewMs: number }[];
      }>().items[0]?.skewMs;
    const late = JSON.stringify(sampleReport(agent.agentId, { number: 1 }));
    await post(late, { date: new Date(collector.clock.now + 5000).toUTCString() });
    expect(await skew()).toBe(5000);
    await postReport(sampleReport(agent.agentId, { number: 2 }));
    expect(await skew()).toBe(-60_000);
  });

  it("goes on taking a host's facts after its clock once ran years ahead", async () => {
    const ahead = "2096-03-10T11:59:00.000Z";
    const early = sampleReport(agent.agentId, { number: 1, host: sampleHost("web1", "10.1.0.5") });
    expect((await postReport({ ...early, window: { from: ahead, to: ahead } })).statusCode).toBe(200);
    collector.clock.now += 60_000;
    const now = "2026-03-10T12:00:30.000Z";
    const next = sampleReport(agent.agentId, { number: 2, host: sampleHost("web1", "10.1.0.6") });
    await postReport({ ...next, window: { from: now, to: now } });
    const [host] = await collector.storage.listHosts();
    expect(host?.addresses.map((entry) => entry.address)).toContain("10.1.0.6");
  });

  it("asks for what it lacks about the host", async () => {
    expect((await postReport(sampleReport(agent.agentId))).json()).toMatchObject({
      instructions: { resend: ["host", "listeners"] },
    });
  });

  it("keeps the good part of a partly bad report and answers the rest with path and reason", async () => {
    const bad = { ...flows[0], serverPort: 70_000 };
    const answer = await postReport({ ...sampleReport(agent.agentId), flows: [bad, flows[0]], surprise: 1 });
    expect(answer.statusCode).toBe(200);
    const body = answer.json<{ rejected: { path: string; reason: string }[]; unknownKeys: number }>();
    expect(body.rejected).toMatchObject([{ path: "flows[0].serverPort" }]);
    expect(body.rejected[0]?.reason).toContain("70000");
    expect(body.unknownKeys).toBe(1);
    expect(await dependencies()).toHaveLength(1);
  });

  it("refuses a malformed report with each path and reason", async () => {
    const answer = await postReport({
      ...sampleReport(agent.agentId),
      sequence: { epoch: "zz", number: 0 },
      window: undefined,
    });
    expect(answer.statusCode).toBe(400);
    expect(answer.headers["content-type"]).toContain("application/problem+json");
    const problem = answer.json<{ code: string; issues: { path: string }[] }>();
    expect(problem.code).toBe("invalid_report");
    expect(problem.issues.map((issue) => issue.path).sort()).toEqual(["sequence.epoch", "sequence.number", "window"]);
  });

  it("refuses another protocol version and says which it speaks", async () => {
    const answer = await postReport({ ...sampleReport(agent.agentId), protocolVersion: 2 });
    expect(answer.statusCode).toBe(400);
    expect(answer.json()).toMatchObject({ code: "unsupported_protocol_version" });
    expect(JSON.stringify(answer.json())).toContain("1");
  });

  it("keeps the same number with another content too, once, and asks for numbers of its own", async () => {
    await postReport(sampleReport(agent.agentId, { flows }));
    const other = sampleReport(agent.agentId, { flows: [sampleFlow("outbound", "10.1.0.5", "10.9.9.9", 22)] });
    for (const applied of [true, false]) {
      const answer = await postReport(other);
      expect(answer.statusCode).toBe(200);
      expect(answer.json()).toMatchObject({ applied, instructions: { newEpoch: true, resend: ["host", "listeners"] } });
    }
    expect(await dependencies()).toHaveLength(2);
  });

  it("refuses a report in another agent's name", async () => {
    const other = await collector.enrol("web2");
    const answer = await post(JSON.stringify(sampleReport(other.agentId)));
    expect(answer.statusCode).toBe(400);
    expect(JSON.stringify(answer.json())).toContain("agent.id");
  });

  it.each([
    ["not JSON", "{", {}, 400, "invalid_report"],
    ["not UTF-8", Buffer.from([0x22, 0xff, 0x22]), {}, 400, "invalid_report"],
    ["not gzip", "{}", { "content-encoding": "gzip" }, 400, "invalid_report"],
    ["an unknown encoding", "{}", { "content-encoding": "br" }, 415, "unsupported_media_type"],
    ["another type", "a=b", { "content-type": "application/x-www-form-urlencoded" }, 415, "unsupported_media_type"],
    ["a bomb", gzipSync(Buffer.alloc(80 * 1024 * 1024)), { "content-encoding": "gzip" }, 413, "too_large"],
    ["a body over the limit", Buffer.alloc(9 * 1024 * 1024, 0x20), {}, 413, "too_large"],
  ])("refuses a body that is %s", async (_name, payload, headers, status, code) => {
    const answer = await post(payload, headers as Record<string, string>);
    expect(answer.statusCode).toBe(status);
    expect(answer.json()).toMatchObject({ code });
  });

  it("refuses an agent whose secret was revoked", async () => {
    const tokens = (await collector.call(collector.secrets.admin, { url: "/api/v1/tokens" })).json<{
      items: { id: string; agentId?: string }[];
    }>();
    const own = tokens.items.find((token) => token.agentId === agent.agentId);
    await collector.call(collector.secrets.admin, { method: "DELETE", url: `/api/v1/tokens/${own?.id ?? ""}` });
    const answer = await postReport(sampleReport(agent.agentId));
    expect(answer.statusCode).toBe(401);
    expect(answer.json()).toMatchObject({ code: "unauthorised" });
  });
});
