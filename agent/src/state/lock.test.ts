import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { AgentError } from "../errors.ts";
import { lockHolder, takeLock } from "./lock.ts";

let directory: string;
let file: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "portolan-lock-"));
  file = join(directory, "run.lock");
});
afterEach(() => rmSync(directory, { recursive: true }));

test("a held lock is refused with its pid, and free again when given back", () => {
  const release = takeLock(file);
  expect(lockHolder(file)).toBe(process.pid);
  expect(() => takeLock(file)).toThrow(AgentError);
  expect(() => takeLock(file)).toThrow(String(process.pid));
  release();
  expect(lockHolder(file)).toBeUndefined();
  takeLock(file)();
  expect(readdirSync(directory)).toEqual([]);
});

test.each([
  ["of a process that is gone", JSON.stringify({ pid: 2 ** 22 + 1 })],
  ["whose pid another process has now", JSON.stringify({ pid: process.pid, startTime: "1", bootId: "old" })],
  ["that makes no sense", "torn"],
])("a lock %s is taken over", (_what, content) => {
  writeFileSync(file, content);
  const release = takeLock(file);
  expect(JSON.parse(readFileSync(file, "utf8"))).toMatchObject({ pid: process.pid });
  release();
});

test("a directory that cannot be written is said to be so, and nothing is left in it", () => {
  const nowhere = join(directory, "gone", "run.lock");
  expect(() => takeLock(nowhere)).toThrow(AgentError);
  expect(() => takeLock(nowhere)).toThrow(/cannot be written/);
});
