import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createProcFileReader, readPieces } from "./read-proc-file.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "portolan-proc-file-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

test.each([0, 1, 65_535, 65_536, 65_537, 300_000])("a file of %i bytes is read whole the first time", (size) => {
  const file = join(folder, "table");
  const content = Buffer.alloc(size, "0123456789");
  writeFileSync(file, content);
  expect(createProcFileReader().read(file).equals(content)).toBe(true);
});

test("a limit is kept, also beyond the first buffer", () => {
  const file = join(folder, "table");
  writeFileSync(file, Buffer.alloc(300_000, "x"));
  const files = createProcFileReader();
  expect(files.read(file, 100_000)).toHaveLength(100_000);
  expect(files.read(file, 10)).toHaveLength(10);
});

test.each([0, 1, 262_143, 262_144, 262_145, 600_000])("a file of %i bytes comes whole in pieces, and cut", (size) => {
  const file = join(folder, "table");
  const content = Buffer.alloc(size, "0123456789");
  writeFileSync(file, content);
  const pieces: Buffer[] = [];
  expect(readPieces(file, 1_000_000, (piece) => void pieces.push(Buffer.from(piece)))).toBe(false);
  expect(Buffer.concat(pieces).equals(content)).toBe(true);
  pieces.length = 0;
  expect(readPieces(file, 100_000, (piece) => void pieces.push(Buffer.from(piece)))).toBe(size > 100_000);
  expect(Buffer.concat(pieces)).toHaveLength(Math.min(size, 100_000));
});
