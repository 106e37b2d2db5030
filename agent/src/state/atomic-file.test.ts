import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { replaceFile } from "./atomic-file.ts";

const root = mkdtempSync(join(tmpdir(), "portolan-atomic-"));
afterAll(() => rmSync(root, { recursive: true }));

test("a file that cannot be replaced leaves nothing half-written behind", async () => {
  // A directory with something in it cannot be replaced by a file: the last step fails.
  mkdirSync(join(root, "taken"));
  writeFileSync(join(root, "taken", "inside"), "");
  await expect(replaceFile(join(root, "taken"), "content")).rejects.toThrow();
  expect(readdirSync(root)).toEqual(["taken"]);
});
