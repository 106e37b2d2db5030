import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createRotatedFile } from "./rotated-file.ts";

let root: string;
beforeEach(() => (root = mkdtempSync(join(tmpdir(), "portolan-rotated-"))));
afterEach(() => rmSync(root, { recursive: true }));

test("keeps the newest texts, in files of bounded size and number", () => {
  const file = join(root, "logs", "agent.log");
  const log = createRotatedFile({ file, limitBytes: 20, keep: 2 });
  for (let number = 0; number < 10; number++) expect(log.write(`line ${number}\n`)).toBe(true);
  expect(readdirSync(join(root, "logs")).sort()).toEqual(["agent.log", "agent.log.1", "agent.log.2"]);
  const content = ["agent.log.2", "agent.log.1", "agent.log"].map((name) =>
    readFileSync(join(root, "logs", name), "utf8"),
  );
  expect(content).toEqual(["line 4\nline 5\n", "line 6\nline 7\n", "line 8\nline 9\n"]);
});

test("goes on where an earlier run left it", () => {
  const options = { file: join(root, "agent.log"), limitBytes: 100, keep: 1 };
  createRotatedFile(options).write("first\n");
  createRotatedFile(options).write("second\n");
  expect(readFileSync(options.file, "utf8")).toBe("first\nsecond\n");
});

test("what can't be written is said to be lost, and nothing is thrown", () => {
  writeFileSync(join(root, "taken"), "");
  expect(createRotatedFile({ file: join(root, "taken", "agent.log"), limitBytes: 10, keep: 1 }).write("lost\n")).toBe(
    false,
  );
});
