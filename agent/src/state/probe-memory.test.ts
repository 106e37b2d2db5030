import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createLog } from "../logging.ts";
import { createProbeMemory } from "./probe-memory.ts";

let root: string;
beforeEach(() => (root = mkdtempSync(join(tmpdir(), "portolan-probe-memory-"))));
afterEach(() => rmSync(root, { recursive: true, force: true }));

const SYNTHETIC = { tool: "kinit", outcome: "healthy", membership: "M1$ CORP.EXAMPLE", at: 1, ms: 2 } as const;
const memory = () => createProbeMemory(join(root, "probe.json"), createLog("error", process.stderr));

test("what a controller said is recalled", async () => {
  await memory().keep(SYNTHETIC);
  expect(memory().recall()).toEqual(SYNTHETIC);
});

test.each([
  ["an answer that this agent doesn't know, as another version's", JSON.stringify({ ...SYNTHETIC, outcome: "gone" })],
  ["half a file", JSON.stringify(SYNTHETIC).slice(0, 40)],
  ["nothing", ""],
  ["a time that is none", JSON.stringify({ ...SYNTHETIC, at: "now" })],
])("%s is no word of a controller", (_what, content) => {
  writeFileSync(join(root, "probe.json"), content);
  expect(memory().recall()).toBeUndefined();
});

test("a folder in the file's place is no word either", () => {
  mkdirSync(join(root, "probe.json"));
  expect(memory().recall()).toBeUndefined();
});
