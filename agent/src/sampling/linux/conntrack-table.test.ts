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
const find = () => findConntrackTable(proc.root, createProcFileReader());

function tableFound(): ConntrackTable {
  const table = find();
  if (typeof table === "string") throw new Error(table);
  return table;
}

const textOf = (): Promise<string | Error> => new Promise((resolve) => tableFound().read(resolve));

test("the kernel's file, which is not read while nothing is tracked", async () => {
  proc.write("net/nf_conntrack", "rows");
  proc.write(COUNT, "1\n");
  expect(tableFound().from).toContain("net/nf_conntrack");
  expect(await textOf()).toBe("rows");
  proc.write(COUNT, "0\n");
  expect(await textOf()).toBe("");
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
  const text = await textOf();
  // What this machine tracks, if anything: every line is a row.
  expect(parseConntrack(typeof text === "string" ? text : `??? ${text.message}`).lost).toBe(0);
  proc.write(COUNT, "0\n");
  expect(await textOf()).toBe("");
});
