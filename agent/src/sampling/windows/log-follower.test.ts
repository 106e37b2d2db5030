import {
  appendFileSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  rmdirSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createLogFollower, type LogFollower } from "./log-follower.ts";

let folder: string;
let file: string;
let follower: LogFollower;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "portolan-log-"));
  file = join(folder, "pfirewall.log");
  follower = createLogFollower(file, `${file}.old`);
});
afterEach(() => rmSync(folder, { recursive: true }));

function told(): string {
  const { growth, gap } = follower.read();
  return growth.map(({ text, isNewFile }) => (isNewFile ? "|" : "") + text).join("") + (gap ? "GAP" : "");
}

test("tells the head, and what is written from the first look on", () => {
  writeFileSync(file, "#Fields: a\nold row\n");
  expect(told()).toBe("|#Fields: a\n");
  appendFileSync(file, "one\n");
  expect(told()).toBe("one\n");
  expect(told()).toBe("");
});

test("a row that was half written at the first look is told whole", () => {
  writeFileSync(file, "#Fields: a\nold row\nhal");
  expect(told()).toBe("|#Fields: a\n");
  appendFileSync(file, "f\n");
  expect(told()).toBe("half\n");
});

test("what was written before a rotation comes from the old file, then all of the new one", () => {
  writeFileSync(file, "#Fields: a\n");
  told();
  appendFileSync(file, "one\n");
  expect(told()).toBe("one\n");
  appendFileSync(file, "two\n");
  renameSync(file, `${file}.old`);
  writeFileSync(file, "#Fields: b\nthree\n");
  expect(told()).toBe("two\n|#Fields: b\nthree\n");
  appendFileSync(file, "four\n");
  expect(told()).toBe("four\n");
});

test("of much that was written at once, the rest comes at the next look, before what the new file holds", () => {
  writeFileSync(file, "#Fields: a\n");
  told();
  appendFileSync(file, "a row\n".repeat(1_000_000));
  renameSync(file, `${file}.old`);
  writeFileSync(file, "#Fields: b\n");
  const first = told();
  expect(first.length).toBeGreaterThan(4_000_000);
  expect((first + told()).length).toBe("a row\n".repeat(1_000_000).length + "|#Fields: b\n".length);
});

test("two rotations between two looks, and a log that was cleared, are a gap", () => {
  writeFileSync(file, "#Fields: a\nsome rows that make it long\n");
  // Linux would give its number to the next file, which may be created in the same millisecond; NTFS counts on.
  linkSync(file, `${file}.kept`);
  told();
  renameSync(file, `${file}.old`);
  writeFileSync(file, "#Fields: a\nlost\n");
  renameSync(file, `${file}.old`);
  writeFileSync(file, "#Fields: a\nthree, and some rows that make it long\n");
  expect(told()).toBe("|#Fields: a\nthree, and some rows that make it long\nGAP");
  writeFileSync(file, "#Fields: a\n");
  expect(told()).toBe("|#Fields: a\nGAP");
});

test("a file that is not there is an error, and told whole when it comes", () => {
  expect(() => follower.read()).toThrow(/ENOENT/);
  writeFileSync(file, "#Fields: a\none\n");
  expect(told()).toBe("|#Fields: a\none\n");
});

// A folder of that name stands in for a file that is locked, or may not be read: both are there, and give nothing.
test("a file that can be read only later tells nothing of what was in it by then", () => {
  mkdirSync(file);
  expect(() => follower.read()).toThrow(/EISDIR/);
  expect(() => follower.read()).toThrow(/EISDIR/);
  rmdirSync(file);
  writeFileSync(file, "#Fields: a\nold row\n");
  expect(told()).toBe("|#Fields: a\n");
  appendFileSync(file, "one\n");
  expect(told()).toBe("one\n");
});

// A file in the place of its folder stands in for a folder that may not be entered.
test("a file whose folder can be entered only later tells nothing of what was in it by then", () => {
  const closed = join(folder, "logs");
  writeFileSync(closed, "");
  follower = createLogFollower(join(closed, "pfirewall.log"), join(closed, "pfirewall.log.old"));
  expect(() => follower.read()).toThrow(/ENOTDIR/);
  rmSync(closed);
  mkdirSync(closed);
  writeFileSync(join(closed, "pfirewall.log"), "#Fields: a\nold row\n");
  expect(told()).toBe("|#Fields: a\n");
});

test("where the new file of a rotation can't be read yet, what the old one gained is told nonetheless", () => {
  writeFileSync(file, "#Fields: a\n");
  told();
  appendFileSync(file, "one\n");
  renameSync(file, `${file}.old`);
  mkdirSync(file);
  expect(told()).toBe("one\n");
  expect(() => follower.read()).toThrow(/EISDIR/);
  rmdirSync(file);
  writeFileSync(file, "#Fields: b\ntwo\n");
  expect(told()).toBe("|#Fields: b\ntwo\n");
});
