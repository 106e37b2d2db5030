import { spawnSync } from "node:child_process";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type ConntrackTable, findConntrackTable } from "./conntrack-table.ts";
import { parseConntrack } from "./parse-conntrack.ts";
import { createProcFileReader } from "./read-proc-file.ts";
import { createSyntheticProc } from "./synthetic-proc.ts";

/** Synthetic: what a kernel shows that tracks, with its table as a file or without. */
let proc: ReturnType<typeof createSyntheticProc>;
beforeEach(() => (proc = createSyntheticProc()));
afterEach(() => proc.remove());

const COUNT = "sys/net/netfilter/nf_conntrack_count";
const find = (longest?: number) => findConntrackTable(proc.root, createProcFileReader(), longest);

function tableFound(longest?: number): ConntrackTable {
  const table = find(longest);
  if (typeof table === "string") throw new Error(table);
  return table;
}

const readingOf = (longest?: number): Promise<{ text: string; beyond: number }> =>
  new Promise((resolve, reject) => {
    let text = "";
    tableFound(longest).read(
      (rows) => (text += rows),
      (end) => (end instanceof Error ? reject(end) : resolve({ text, ...end })),
    );
  });

test("the kernel's file, which is not read while nothing is tracked", async () => {
  proc.write("net/nf_conntrack", "rows\n");
  proc.write(COUNT, "1\n");
  expect(tableFound().from).toContain("net/nf_conntrack");
  expect(await readingOf()).toEqual({ text: "rows\n", beyond: 0 });
  proc.write(COUNT, "0\n");
  expect(await readingOf()).toEqual({ text: "", beyond: 0 });
});

test("of a table that is longer than is read, the rows that are whole, and how many more the kernel counts", async () => {
  proc.write("net/nf_conntrack", "one\ntwo\nthree\nfour\n");
  proc.write(COUNT, "4\n");
  expect(await readingOf(10)).toEqual({ text: "one\ntwo\n", beyond: 2 });
  expect(await readingOf(100)).toEqual({ text: "one\ntwo\nthree\nfour\n", beyond: 0 });
});

test("a kernel that does not track is not made to", () => {
  expect(find()).toBe("this host does not track connections");
  proc.write(COUNT, "1\n");
  proc.write("modules", "nf_conntrack 200704 2 nft_ct,nf_nat, Live 0x0000000000000000\n");
  expect(find()).toContain("would load its module nf_conntrack_netlink");
});

const worksHere = spawnSync("conntrack", ["-C"]).status === 0;
if (!worksHere) process.stderr.write("SKIPPED, conntrack -L: install conntrack (conntrack-tools), and run as root\n");

test.skipIf(!worksHere)("a kernel without the file, by the command", async () => {
  proc.write(COUNT, "1\n");
  expect(tableFound().from).toContain("conntrack -L");
  const { text } = await readingOf();
  // What this machine tracks, if anything: every line is a row.
  expect(parseConntrack(text).lost).toBe(0);
  proc.write(COUNT, "0\n");
  expect(await readingOf()).toEqual({ text: "", beyond: 0 });
});
