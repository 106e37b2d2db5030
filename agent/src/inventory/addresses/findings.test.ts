import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { searchConfiguration } from "./configuration-folders.ts";
import { filesBelow } from "./files-below.ts";
import { createFindings } from "./findings.ts";

let root: string;
beforeEach(() => (root = mkdtempSync(join(tmpdir(), "portolan-findings-"))));
afterEach(() => rmSync(root, { recursive: true, force: true }));

const dns = (holder: string, target: string) => ({ kind: "dns-server" as const, holder, target, source: "synthetic" });

test("a finding without holder or target is none; each stands once, cut to the protocol's length", () => {
  const findings = createFindings();
  for (const item of [dns("", "x"), dns("x", ""), dns("b", "1"), dns("a", "y".repeat(2000)), dns("b", "1")]) {
    findings.add(item);
  }
  expect(findings.take().items).toEqual([dns("a", "y".repeat(1024)), dns("b", "1")]);
  // A limit may part a pair of surrogates.
  findings.add(dns("c", `${"y".repeat(1023)}😀`));
  expect(findings.take().items.at(-1)?.target).toBe(`${"y".repeat(1023)}\ufffd`);
});

test("findings beyond the protocol's number are counted", () => {
  const findings = createFindings();
  for (let number = 0; number < 10_002; number++) findings.add(dns("eth0", String(number)));
  const { items, unread } = findings.take();
  expect(items).toHaveLength(10_000);
  expect(unread).toEqual(["2 findings beyond the first 10000"]);
});

test("a file that is read in part is told", () => {
  const findings = createFindings();
  const path = join(root, "long.conf");
  writeFileSync(path, "x".repeat(1024 * 1024 + 1));
  expect(findings.textOf(path)).toHaveLength(1024 * 1024);
  expect(findings.textOf(join(root, "none"))).toBe("");
  expect(findings.take().unread).toEqual([`${path}: longer than 1048576 bytes`]);
});

test("where a file is cut, half an address is none, in settings and in configuration", () => {
  const path = join(root, "long.conf");
  const begin = "10.1.2.3\n";
  const filling = `${"# much\n".repeat(200_000).slice(0, 1024 * 1024 - begin.length - 9)}\n`;
  writeFileSync(path, `${begin}${filling}10.1.2.34\n`);
  const findings = createFindings();
  expect(findings.textOf(path).endsWith("\n")).toBe(true);
  searchConfiguration([root], findings);
  expect(findings.take().items.map(({ holder }) => holder)).toEqual([`${path}:1`]);
});

test("files below a folder: as deep and as many as asked, links followed only to files, and what is left out is said", () => {
  mkdirSync(join(root, "a/b"), { recursive: true });
  for (const name of ["2", "1", "a/3", "a/b/4"]) writeFileSync(join(root, name), "");
  symlinkSync(join(root, "1"), join(root, "link"));
  const found = (bounds: Parameters<typeof filesBelow>[1]) => {
    const { files, isCut } = filesBelow(root, bounds);
    return [files.map((file) => file.slice(root.length + 1)).join(" "), isCut];
  };
  expect(found({ deepest: 2, most: 9 })).toEqual(["1 2 a/3 a/b/4", false]);
  expect(found({ deepest: 2, most: 9, followsLinks: true })).toEqual(["1 2 a/3 a/b/4 link", false]);
  expect(found({ deepest: 1, most: 9 })).toEqual(["1 2 a/3", true]);
  expect(found({ deepest: 2, most: 3 })).toEqual(["1 2 a/3", true]);
  expect(filesBelow(join(root, "none"), { deepest: 1, most: 1 })).toEqual({ files: [], isCut: false, unread: [] });
});

test("what of an opted-in folder was not searched is said", () => {
  const deep = join(root, ...Array.from({ length: 9 }, () => "d"));
  mkdirSync(deep, { recursive: true });
  writeFileSync(join(deep, "deep.conf"), "10.1.1.1\n");
  const long = join(root, "long.conf");
  writeFileSync(long, `10.1.1.2\n${"x".repeat(1024 * 1024)}10.1.1.3\n`);
  const findings = createFindings();
  searchConfiguration([root], findings);
  const { items, unread } = findings.take();
  expect(items.map(({ target }) => target)).toEqual(["10.1.1.2"]);
  expect(unread).toEqual([
    `${long}: longer than 1048576 bytes`,
    `${root}: more than 2000 files, or some below more than 8 folders`,
  ]);
});
