import { afterAll, beforeAll, expect, it } from "vitest";
import { startTestCollector, type TestCollector } from "../testing/test-collector.ts";

let collector: TestCollector;
beforeAll(async () => {
  collector = await startTestCollector();
});
afterAll(() => collector.close());

it.each([
  ["/api/v1/hosts/%zz", 400, "invalid_request"],
  [`/api/v1/hosts/${"x".repeat(400)}`, 400, "invalid_request"],
  ["/api/v1/nothing", 404, "not_found"],
])("answers %s as a problem like every other error", async (url, status, code) => {
  const answer = await collector.call(collector.secrets.viewer, { url });
  expect(answer.headers["content-type"]).toContain("application/problem+json");
  expect(answer.json()).toMatchObject({ status, code });
  expect(answer.statusCode).toBe(status);
});
