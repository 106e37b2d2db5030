import { PassThrough } from "node:stream";
import { expect, test } from "vitest";
import { createLog } from "./logging.ts";

test("writes one JSON line an entry from its level on, errors readable", () => {
  const stream = new PassThrough({ encoding: "utf8" });
  const log = createLog("warn", stream);
  log.info({}, "too quiet");
  log.warn({ number: 1 }, "two\nlines");
  log.error({ err: new RangeError("no") }, "failed");
  const lines = String(stream.read())
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  expect(lines).toMatchObject([
    { level: 40, number: 1, msg: "two\nlines" },
    { level: 50, err: { type: "RangeError", message: "no" }, msg: "failed" },
  ]);
  expect(lines[0].time).toMatch(/^\d{4}-.*Z$/);
});
