import type { Rule } from "@portolan/firewall";
import { expect, test } from "vitest";
import { syntheticDocument, syntheticRule } from "../testing/synthetic-document.ts";
import { xlsxBytes, xlsxSheets } from "../testing/xlsx-reading.ts";

const address = (index: number) => `10.${index >> 16}.${(index >> 8) & 255}.${index & 255}/32`;
const addresses = (count: number) => Array.from({ length: count }, (_, index) => address(index));

async function ruleRows(rule: Rule) {
  const document = syntheticDocument();
  document.ruleSet.rules = [rule];
  const [header = [], ...rows] = (await xlsxSheets(await xlsxBytes(document))).get("Rules") ?? [];
  return rows.map((row) => Object.fromEntries(header.map((name, index) => [String(name), String(row[index])])));
}

const words = (text: string | undefined) => (text ?? "").split(/[\s,]+/);

test("a rule with more sources than a cell holds goes on in a second row, and lacks nobody", async () => {
  const all = addresses(4000);
  const sources = all.map((own) => ({ name: own.replace("/32", ""), addresses: [own] }));
  const rows = await ruleRows(syntheticRule("R-1", [], { sources }));
  expect(rows.length).toBeGreaterThan(1);
  expect(rows.at(-1)?.["Rule id"]).toBe(`R-1 (part ${rows.length} of ${rows.length})`);
  const shown = new Set(rows.flatMap((row) => words(row["Source address"])));
  expect([...shown].sort()).toEqual(all.map((own) => own.replace("/32", "")).sort());
});

test("so does one whose single host has too many addresses, or whose services are too many", async () => {
  const services = Array.from({ length: 5000 }, (_, index) => ({
    protocol: "tcp" as const,
    fromPort: 20_000 + index,
    toPort: 20_000 + index,
  }));
  const sources = [{ name: "proxy", addresses: addresses(4000) }];
  const rows = await ruleRows(syntheticRule("R-1", [], { sources, services }));
  const pairs = rows.map((row) => words(row["Source address"]).length * words(row["Service"]).length);
  expect(pairs.reduce((sum, count) => sum + count, 0)).toBe(4000 * 5000);
});
