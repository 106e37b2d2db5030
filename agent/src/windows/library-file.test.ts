import { createHash } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { AgentError } from "../errors.ts";
import { loadKoffi } from "./koffi.ts";
import { checkLibrary, libraryBeside } from "./library-file.ts";

const root = mkdtempSync(join(tmpdir(), "portolan-koffi-"));
afterAll(() => rmSync(root, { recursive: true }));

test("a checkout takes the installed library, and calls work", () => {
  const getpid = loadKoffi().load(null).func("int getpid()");
  expect(getpid()).toBe(process.pid);
});

test("only the file that the hash is of passes", () => {
  const file = libraryBeside(join(root, "portolan-agent.exe"));
  expect(() => checkLibrary(file, "0".repeat(64))).toThrow(AgentError);
  writeFileSync(file, "synthetic library");
  const sha256 = createHash("sha256").update("synthetic library").digest("hex");
  checkLibrary(file, sha256);
  writeFileSync(file, "synthetic library, changed");
  expect(() => checkLibrary(file, sha256)).toThrow(AgentError);
});
