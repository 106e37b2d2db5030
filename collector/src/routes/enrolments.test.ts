import { afterEach, beforeEach, expect, it } from "vitest";
import { startTestCollector, type TestCollector } from "../testing/test-collector.ts";

let collector: TestCollector;
let token: string;
beforeEach(async () => {
  collector = await startTestCollector();
  const made = await collector.call(collector.secrets.admin, {
    method: "POST",
    url: "/api/v1/tokens",
    payload: { kind: "enrolment", uses: 5 },
  });
  token = made.json<{ token: string }>().token;
});
afterEach(() => collector.close());

const post = (payload: Buffer | string, headers: Record<string, string> = {}) =>
  collector.call(token, {
    method: "POST",
    url: "/api/v1/enrolments",
    payload,
    headers: { "content-type": "application/json", ...headers },
  });
const GOOD = '"platform":"linux","agentVersion":"0.1.0","timeZone":"UTC"';

// Each of these was taken, or answered with 500, when the body went through Fastify's own parser.
it.each([
  ["nested 5,000 levels", `{"hostname":${"[".repeat(5000)}${"]".repeat(5000)},${GOOD}}`, 400, "64 levels"],
  ["with a name twice", `{"hostname":"a","hostname":"b",${GOOD}}`, 400, "twice"],
  ["not UTF-8", Buffer.from(`{"hostname":"\xff",${GOOD}}`, "latin1"), 400, "UTF-8"],
  ["larger than any enrolment", `{"hostname":"${"x".repeat(20_000)}",${GOOD}}`, 413, "16384 bytes"],
])("refuses an enrolment that is %s", async (_name, payload, status, says) => {
  const answer = await post(payload);
  expect([answer.statusCode, answer.headers["content-type"]]).toEqual([
    status,
    expect.stringContaining("application/problem+json"),
  ]);
  expect(answer.body).toContain(says);
});

it("refuses text", async () => {
  expect((await post("hello", { "content-type": "text/plain" })).statusCode).toBe(415);
});

it("takes one that is as it should be", async () => {
  expect((await post(`{"hostname":"web1",${GOOD}}`)).statusCode).toBe(201);
});
