import { parseCsv } from "@cj-tech-master/excelts/csv";
import { expect, test } from "vitest";
import { dependenciesCsv } from "./dependencies-csv.ts";
import { firewallCsv } from "./firewall-csv.ts";
import { syntheticDependency, syntheticDocument, syntheticHost, syntheticRule } from "./testing/synthetic-document.ts";

/** Reads by RFC 4180 with another's reader; the mark must be there and is taken off. */
function read(chunks: Iterable<string>): string[][] {
  const text = [...chunks].join("");
  expect(text.startsWith("\uFEFF")).toBe(true);
  expect(text.endsWith("\r\n")).toBe(true);
  return parseCsv(text.slice(1));
}

test("a rule is one line: names, ranges with prefix, counts", () => {
  const [header = [], row = []] = read(firewallCsv(syntheticDocument()));
  expect(Object.fromEntries(header.map((name, index) => [name, row[index]]))).toMatchObject({
    no: "1",
    rule: "r-1",
    source_zone: "web",
    source_addresses: "10.1.1.11/32",
    services: "tcp/5432 (postgresql)",
    connections: "1200",
    first_seen: "2026-10-26T01:00:00.000Z",
    seen_from_both: "1",
  });
  expect(header).not.toContain("simulated");
});

test("simulated evidence is marked on every line", () => {
  const [header, row] = read(firewallCsv(syntheticDocument({ simulated: true })));
  expect(header?.at(-1)).toBe("simulated");
  expect(row?.at(-1)).toBe("true");
});

test("what a spreadsheet would run gets an apostrophe; quotes, commas and line ends survive", () => {
  const hostile = [
    "=cmd|' /C calc'!A0",
    "+1",
    "-1",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    'a "quoted", b',
    "two\r\nlines",
    "결제 🚢",
  ];
  const document = syntheticDocument();
  document.ruleSet.rules = hostile.map((purpose, index) => syntheticRule(`r${index}`, [], { purpose }));
  const text = [...firewallCsv(document)].join("");
  expect(text).toContain('"\'\r=1"');
  const [header = [], ...rows] = read([text]);
  const purposes = rows.map((row) => row[header.indexOf("purpose")]);
  // The reader turns every line end inside a field into a line feed.
  const expected = hostile.map((purpose) => (/^[=+\-@\t\r]/.test(purpose) ? `'${purpose}` : purpose));
  expect(purposes).toEqual(expected.map((purpose) => purpose.replace(/\r\n?/g, "\n")));
});

test("dependencies: unmanaged ends are empty, numbers stay numbers", () => {
  const unmanaged = syntheticDependency("d2", { connections: 7, bytesSent: 10 });
  delete unmanaged.clientHost;
  const hosts = [syntheticHost("h1", "web01@seoul", "10.1.1.11"), syntheticHost("h2", "db01", "10.1.2.21")];
  const text = [...dependenciesCsv([syntheticDependency("d1"), unmanaged], hosts)].join("");
  const [, first, second] = text.split("\r\n");
  expect(first).toBe(
    "web01@seoul,10.1.1.11,nginx,db01,10.1.2.21,postgres,tcp,5432,,1200,true,3,,,2026-10-26T01:00:00.000Z,2026-10-30T00:00:00.000Z,3,both,proc-net,observed,",
  );
  expect(second?.startsWith(",10.1.1.11,nginx,db01,10.1.2.21,postgres,tcp,5432,,7,true,3,10,,")).toBe(true);
});
