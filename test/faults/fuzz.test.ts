import { Agent, request } from "node:http";
import { connect } from "node:net";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { EnrolmentAnswer, EnrolmentRequest, Report, ReportAnswer } from "@portolan/protocol";
import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { answerOf, postReport, reportBody, type PostAnswer, type SyntheticAgent } from "../e2e/synthetic-agent.ts";
import { startCollector, type EnrolledCollector } from "./enrolled-collector.ts";
import { pick, spoilt, spoiltBytes, valueFor, type ValueSchema } from "./schema-values.ts";
import { seeded } from "./seeded.ts";

// 100,000 inputs, the same for the same seed.

const SEED = 20261121;
const REPORTS = 85_000;
const ENROLMENTS = 10_000;
const RAW = 5000;
const AT_ONCE = 32;
const MOST_MS = 200_000;

type Random = () => number;

interface Input {
  path: "/api/v1/reports" | "/api/v1/enrolments";
  headers: Record<string, string>;
  body: Buffer;
}

const options = { unrepresentable: "any", io: "input" } as const;
const REPORT = z.toJSONSchema(Report, options) as ValueSchema;
const ENROLMENT = z.toJSONSchema(EnrolmentRequest, options) as ValueSchema;
const NOW = { from: "2026-11-20T00:00:00.000Z", to: "2026-11-20T00:01:00.000Z" };

let collector: EnrolledCollector;
let sender: SyntheticAgent;
beforeAll(async () => {
  collector = await startCollector();
  sender = await collector.enrol("synthetic-fuzz");
});
afterAll(() => collector.work.close());

/** Valid in most cases, so that the fuzz gets past the envelope. */
function report(random: Random): unknown {
  const value = valueFor(REPORT, random) as Record<string, unknown>;
  if (random() < 0.9) value["agent"] = { id: sender.id, version: "0.1.0" };
  if (random() < 0.8) value["window"] = NOW;
  value["sequence"] = {
    epoch: pick(["0123456789abcdef", "fedcba9876543210"], random),
    number: 1 + Math.floor(random() * 1e6),
  };
  return value;
}

/** A key once more, somewhere; text, because no value holds it. */
function withKeyTwice(json: string, random: Random): string {
  const at = json.indexOf('{"', Math.floor(random() * json.length));
  const key = at < 0 ? undefined : /^\{("(?:[^"\\]|\\.)*"):/.exec(json.slice(at))?.[1];
  return key === undefined ? json : `${json.slice(0, at + 1)}${key}:0,${json.slice(at + 1)}`;
}

const HEADERS: readonly Record<string, string>[] = [
  { "content-type": "application/json; charset=utf-8" },
  { "content-type": "application/json; charset=utf-16" },
  { "content-type": "text/plain" },
  { "content-type": "application/" },
  { "content-type": "" },
  { "content-type": "multipart/form-data; boundary=x" },
  { "content-encoding": "br" },
  { "content-encoding": "gzip, gzip" },
  { "content-encoding": "GZIP " },
  { "content-encoding": "__proto__" },
  { "content-encoding": "" },
  { date: "not a date" },
  { date: "Thu, 01 Jan 1970 00:00:00 GMT" },
  { date: "Fri, 31 Dec 9999 23:59:59 GMT" },
  { authorization: "" },
  { authorization: "Bearer" },
  { authorization: "Bearer ptn_" },
  { authorization: `Bearer ptn_${Buffer.from('{"secret":7}').toString("base64url")}` },
  { authorization: `Bearer ptn_${Buffer.from("[".repeat(5000)).toString("base64url")}` },
  { authorization: "Basic eDp5" },
  { accept: "text/html" },
  { "accept-version": "9.9" },
  { "x-long": "x".repeat(9000) },
  { "if-match": '"1"' },
  { "x-http-method-override": "DELETE" },
];

const PACKERS: readonly (readonly [string, (plain: Buffer) => Buffer])[] = [
  ["gzip", (plain) => gzipSync(plain)],
  ["gzip", (plain) => gzipSync(plain)],
  ["zstd", (plain) => zstdCompressSync(plain)],
  ["identity", (plain) => plain],
];

function packed(bytes: Buffer, random: Random): Pick<Input, "headers" | "body"> {
  const [encoding, pack] = pick(PACKERS, random);
  return { headers: { "content-type": "application/json", "content-encoding": encoding }, body: pack(bytes) };
}

function input(path: Input["path"], authorization: string, random: Random): Input {
  const value = path === "/api/v1/reports" ? report(random) : valueFor(ENROLMENT, random);
  const how = random();
  // Each enrolment that is right is a commit of its own.
  let text = JSON.stringify(how < (path === "/api/v1/reports" ? 0.2 : 0.05) ? value : spoilt(value, random));
  if (how > 0.55 && how < 0.6) text = withKeyTwice(text, random);
  let bytes: Buffer = Buffer.from(text);
  if (how > 0.6 && how < 0.75) bytes = spoiltBytes(bytes, random);
  if (how > 0.95)
    bytes = Buffer.from(Array.from({ length: Math.floor(random() * 300) }, () => Math.floor(random() * 256)));
  const { headers, body } = packed(bytes, random);
  return {
    path,
    headers: { authorization, ...headers, ...(how > 0.9 && pick(HEADERS, random)) },
    body: how > 0.75 && how < 0.9 ? spoiltBytes(body, random) : body,
  };
}

const agent = new Agent({ keepAlive: true, maxSockets: AT_ONCE });
afterAll(() => agent.destroy());

function send({ path, headers, body }: Input): Promise<PostAnswer | undefined> {
  const outgoing = request(`${collector.url}${path}`, { method: "POST", agent, headers });
  const answer = answerOf(outgoing);
  outgoing.end(body);
  return answer;
}

const Problem = z.object({ type: z.string(), title: z.string(), status: z.int(), code: z.string() });

/** What is wrong with an answer, nothing where it is as promised. */
function fault(path: string, answer: PostAnswer | undefined): string | undefined {
  if (!answer) return "no answer";
  const { status, body } = answer;
  const type = String(answer.headers["content-type"]);
  if (status >= 500 || status === 408) return `${status}: ${body}`;
  try {
    const content: unknown = JSON.parse(body);
    if (status >= 400)
      return type.startsWith("application/problem+json") && Problem.parse(content).status === status
        ? undefined
        : `${status} as ${type}: ${body}`;
    const good =
      path === "/api/v1/reports"
        ? status === 200 && ReportAnswer.parse(content)
        : status === 201 && EnrolmentAnswer.parse(content);
    return good ? undefined : `${status}: ${body}`;
  } catch (error) {
    return `${status}: ${(error as Error).message}: ${body.slice(0, 300)}`;
  }
}

async function fuzz(path: Input["path"], authorization: string, count: number, seed: number) {
  const random = seeded(seed);
  const statuses: Record<string, number> = {};
  const faults: { input: string; fault: string }[] = [];
  const until = performance.now() + MOST_MS;
  let sent = 0;
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      while (sent < count && faults.length < 3 && performance.now() < until) {
        sent += 1;
        const one = input(path, authorization, random);
        const answer = await send(one);
        statuses[answer?.status ?? "none"] = (statuses[answer?.status ?? "none"] ?? 0) + 1;
        const wrong = fault(path, answer);
        if (wrong !== undefined)
          faults.push({
            fault: wrong,
            input: `${JSON.stringify(one.headers)} ${one.body.toString("base64").slice(0, 1000)}`,
          });
      }
    }),
  );
  process.stdout.write(`fuzz of ${path}, seed ${seed}: ${sent} inputs, ${JSON.stringify(statuses)}\n`);
  expect(faults).toEqual([]);
  expect(sent).toBe(count);
  return statuses;
}

/** Everything that people read, on what the fuzz left. */
async function expectReadable(): Promise<void> {
  const { token } = JSON.parse(
    collector.work.portolan(["token", "create", "--kind", "api", "--role", "viewer", "--json"]).out,
  ) as { token: string };
  for (const path of [
    "hosts",
    "listeners",
    "flows",
    "dependencies",
    "graph",
    "coverage",
    "agents",
    "segments",
    "groups",
    "firewall/rules",
    "firewall/matrix",
  ]) {
    const answer = await fetch(`${collector.url}/api/v1/${path}`, { headers: { authorization: `Bearer ${token}` } });
    expect({ path, status: answer.status, body: answer.ok ? "" : await answer.text() }).toEqual({
      path,
      status: 200,
      body: "",
    });
    if (answer.ok) await answer.arrayBuffer();
  }
}

async function expectHealthy(number: number): Promise<void> {
  const answer = await postReport(collector.url, sender, reportBody(sender.id, number, 40));
  expect(JSON.parse(answer?.body ?? "{}")).toMatchObject({ applied: true, rejected: [] });
  const lines = collector.log().split("\n");
  expect(lines.filter((line) => /"level":[56]0/.test(line))).toEqual([]);
}

// A fuzz that never gets past the door shows nothing: so many were taken.

test("85,000 reports, right and wrong, are answered as promised, and what they left is readable", async () => {
  const statuses = await fuzz("/api/v1/reports", `Bearer ${sender.secret}`, REPORTS, SEED);
  expect(statuses["200"]).toBeGreaterThan(REPORTS / 10);
  await expectHealthy(2_000_000);
  await expectReadable();
});

test("10,000 enrolments, right and wrong, are answered as promised, and what they left is readable", async () => {
  const made = collector.work.portolan(["token", "create", "--kind", "enrolment", "--uses", "100000", "--json"]);
  const { token } = JSON.parse(made.out) as { token: string };
  const statuses = await fuzz("/api/v1/enrolments", `Bearer ${token}`, ENROLMENTS, SEED + 2);
  expect(statuses["201"]).toBeGreaterThan(ENROLMENTS / 50);
  await expectHealthy(2_000_002);
  await expectReadable();
});

/** Bytes on a connection, and all that comes back until it ends. */
function sendRaw(bytes: Buffer): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(collector.port, "127.0.0.1", () => socket.end(bytes));
    let text = "";
    socket.on("data", (chunk: Buffer) => (text += chunk.toString("latin1")));
    socket.on("error", () => {});
    socket.on("close", () => resolve(text));
  });
}

test("5,000 connections of broken HTTP get problems or nothing, and never a 5xx", async () => {
  const random = seeded(SEED + 1);
  const statuses: Record<string, number> = {};
  let sent = 0;
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      while (sent < RAW) {
        sent += 1;
        const { path, headers, body } = input(
          random() < 0.7 ? "/api/v1/reports" : "/api/v1/enrolments",
          `Bearer ${sender.secret}`,
          random,
        );
        const length = random() < 0.5 ? body.length : Math.floor(random() * 2 * body.length);
        const head = Object.entries({ host: "x", "content-length": String(length), ...headers });
        const lines = head.map(([name, value]) => `${name}: ${value}\r\n`).join("");
        const message = Buffer.concat([Buffer.from(`POST ${path} HTTP/1.1\r\n${lines}\r\n`), body]);
        const answer = await sendRaw(random() < 0.3 ? message : spoiltBytes(message, random));
        for (const [, status = "", type = ""] of answer.matchAll(/^HTTP\/1\.1 (\d+) [^]*?content-type: ([^\r;]*)/gim)) {
          statuses[status] = (statuses[status] ?? 0) + 1;
          const expected = Number(status) < 400 ? "application/json" : "application/problem+json";
          expect({ type, answer, message: message.toString("latin1") }).toMatchObject({ type: expected });
          expect(Number(status)).toBeLessThan(500);
        }
        if (answer === "") statuses["none"] = (statuses["none"] ?? 0) + 1;
      }
    }),
  );
  process.stdout.write(`broken HTTP, seed ${SEED + 1}: ${sent} connections, ${JSON.stringify(statuses)}\n`);
  const healthy = await postReport(collector.url, sender, reportBody(sender.id, 2_000_001, 40));
  expect(JSON.parse(healthy?.body ?? "{}")).toMatchObject({ applied: true, rejected: [] });
});
