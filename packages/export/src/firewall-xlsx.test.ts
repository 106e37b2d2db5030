import { Writable } from "node:stream";
import { Workbook } from "@cj-tech-master/excelts";
import { describe, expect, test } from "vitest";
import { writeFirewallXlsx } from "./firewall-xlsx.ts";
import { syntheticDependency, syntheticDocument, syntheticHost, syntheticRule } from "./testing/synthetic-document.ts";
import { xlsxBytes, xlsxParts, xlsxSheets } from "./testing/xlsx-reading.ts";

async function sheetOf(document: Parameters<typeof xlsxBytes>[0], name: string) {
  const rows = (await xlsxSheets(await xlsxBytes(document))).get(name);
  if (rows === undefined) throw new Error(`no sheet ${name}`);
  return rows;
}

describe("what the sheets say", () => {
  test("has the eight sheets in order", async () => {
    const sheets = await xlsxSheets(await xlsxBytes(syntheticDocument()));
    expect([...sheets.keys()]).toEqual([
      "Summary",
      "Zone matrix",
      "Rules",
      "Dependencies",
      "Not in any rule",
      "Unmanaged peers",
      "Active Directory",
      "Coverage",
    ]);
  });

  test("a rule's row holds typed values", async () => {
    const [header, row] = await sheetOf(syntheticDocument(), "Rules");
    expect(Object.fromEntries((header ?? []).map((name, index) => [name, row?.[index]]))).toEqual({
      No: 1,
      "Rule id": "r-1",
      "Source zone": "web",
      Source: "web01",
      "Source address": "10.1.1.11",
      "Destination zone": "data",
      Destination: "db01",
      "Destination address": "10.1.2.21",
      Service: "tcp/5432 (postgresql)",
      Purpose: "nginx → postgres",
      Connections: 1200,
      "First seen (UTC)": new Date("2026-10-26T01:00:00Z"),
      "Last seen (UTC)": new Date("2026-10-30T00:00:00Z"),
      Days: 3,
      "Dependencies seen from": "both ends: 1",
      "Over-permission": 0,
    });
  });

  test("every dependency names its rule, or why it has none", async () => {
    const [header = [], ...rows] = await sheetOf(syntheticDocument(), "Dependencies");
    const at = (name: string) => rows.map((row) => row[header.indexOf(name)]);
    expect(at("Rule id")).toEqual([
      "r-1",
      "none: stays on one host",
      "none: an end lies in no zone",
      "none: nobody saw which end is the client",
    ]);
    expect(at("At least")).toEqual(["at least", "at least", null, "at least"]);
    expect(at("Client")).toEqual(["web01", "web01", "(180 unmanaged)", "web01"]);
    expect(at("Direction")[3]).toBe("unknown\n(other port 50002)");
    expect(at("Port")).toEqual([5432, 8080, 443, 50_001]);
  });

  test("the matrix counts rules, then dependencies, sources down", async () => {
    const rows = await sheetOf(syntheticDocument(), "Zone matrix");
    expect(rows[0]?.slice(1)).toEqual(["data", "web"]);
    expect(rows[2]).toEqual(["web", 1, 1]);
    expect(rows[6]).toEqual(["web", 1, 1]);
  });

  test("unmanaged peers and coverage have a row each", async () => {
    const document = syntheticDocument();
    const peers = await sheetOf(document, "Unmanaged peers");
    expect(peers).toHaveLength(2);
    expect(peers[1]?.slice(0, 5)).toEqual(["203.0.113.0/24", "seoul", 180, null, "tcp/443 on web01"]);
    const coverage = await sheetOf(document, "Coverage");
    expect(coverage[1]?.at(-1)).toBe(
      "peers of unconnected UDP sockets\nconnections that ended in a reset between two samples",
    );
  });

  test("the summary says what was not seen", async () => {
    const rows = await sheetOf(syntheticDocument(), "Summary");
    const lines = rows.map((row) => row.join(" "));
    expect(lines).toContainEqual(expect.stringContaining("peers of unconnected UDP sockets — on every host"));
    expect(lines).toContainEqual(expect.stringContaining("No weekend, no month-end, no month-start was watched"));
    expect(lines).toContainEqual(expect.stringContaining("Hosts without an agent 1: mail01"));
    expect(lines.join("\n")).not.toContain("SIMULATED");
  });

  test("simulated evidence is marked on the first sheet, in red", async () => {
    const workbook = new Workbook();
    await workbook.xlsx.load(await xlsxBytes(syntheticDocument({ simulated: true })));
    const cell = workbook.getWorksheet("Summary")?.getCell("B2");
    expect(cell?.value).toContain("SIMULATED EVIDENCE");
    expect(cell?.fill).toMatchObject({ fgColor: { argb: "FFC00000" } });
  });

  test("headers are frozen and filtered, and each table prints as wide as the page", async () => {
    const parts = await xlsxParts(await xlsxBytes(syntheticDocument()));
    for (const sheet of [3, 4, 5, 6, 7, 8]) {
      const xml = parts.get(`xl/worksheets/sheet${sheet}.xml`) ?? "";
      expect(xml).toMatch(/<pane [^>]*ySplit="1"[^>]*state="frozen"/);
      expect(xml).toContain("<autoFilter ref=");
      expect(xml).toContain('<pageSetUpPr fitToPage="1"/>');
      expect(xml).toContain('orientation="landscape"');
    }
  });
});

describe("hostile values", () => {
  const HOSTILE = [
    "=cmd|' /C calc'!A0",
    "+1",
    "-1",
    "@SUM(A1:A9)",
    "\t=1+1",
    "\r=1+1",
    "two\nlines",
    "{=1+1}",
    "<f>1</f>&amp;",
    "_x003D_1",
    "결제서버-01",
    "🚢 server",
    '=HYPERLINK("http://127.0.0.1")',
  ];

  function hostileDocument() {
    const dependencies = HOSTILE.map((text, index) =>
      syntheticDependency(`d${index}`, { clientHost: `h${index}`, clientProcesses: [text], sources: [text] }),
    );
    const document = syntheticDocument({
      dependencies,
      hosts: HOSTILE.map((text, index) => syntheticHost(`h${index}`, text, `10.9.9.${index}`)),
    });
    document.ruleSet.rules = HOSTILE.map((text, index) =>
      syntheticRule(`r${index}`, [`d${index}`], {
        sourceZone: text,
        destinationZone: text,
        purpose: text,
        sources: [{ name: text, addresses: ["10.9.9.9/32"] }],
      }),
    );
    document.coverage.notes = HOSTILE;
    return document;
  }

  test("stay text: no formula anywhere in the file, every text cell typed as a string", async () => {
    const parts = await xlsxParts(await xlsxBytes(hostileDocument()));
    const sheets = [...parts].filter(([path]) => path.startsWith("xl/worksheets/"));
    expect(sheets.length).toBe(8);
    for (const [, xml] of sheets) {
      expect(xml).not.toMatch(/<f[ >/]/);
      expect(xml).not.toContain("<hyperlink");
      expect(xml).not.toMatch(/t="(str|e|d)"/);
      for (const [cell, value] of xml.matchAll(/<c [^>]*?(?:\/>|>(?:<v>(.*?)<\/v>)?<\/c>)/g)) {
        expect(cell.includes('t="s"') || value === undefined || Number.isFinite(Number(value))).toBe(true);
      }
    }
  });

  test("are read back as they were, line ends as line feeds", async () => {
    const sheets = await xlsxSheets(await xlsxBytes(hostileDocument()));
    const expected = HOSTILE.map((text) => text.replaceAll("\r", "\n"));
    const purposes = (sheets.get("Rules") ?? []).slice(1).map((row) => row[9]);
    expect(purposes).toEqual(expected);
    const clients = (sheets.get("Dependencies") ?? []).slice(1).map((row) => row[0]);
    expect(clients).toEqual(expected);
  });

  test("characters that XML cannot hold become U+FFFD", async () => {
    const document = syntheticDocument();
    document.ruleSet.rules = [syntheticRule("r", ["d1"], { purpose: "a\u0000b\u0007c\u001Bd\uD800e\uFFFFf\u007Fg" })];
    const [, row] = await sheetOf(document, "Rules");
    expect(row?.[9]).toBe("a\uFFFDb\uFFFDc\uFFFDd\uFFFDe\uFFFDf\uFFFDg");
  });

  test("a text beyond the limit of a cell is cut with a note, a list between its items", async () => {
    const document = syntheticDocument();
    const [dependency] = document.dependencies;
    if (!dependency) throw new Error("no dependency");
    const clientProcesses = Array.from({ length: 3000 }, (_, index) => `very-long-synthetic-process-name-${index}`);
    document.dependencies = [{ ...dependency, clientProcesses }];
    document.ruleSet.rules = [syntheticRule("r", [dependency.id], { purpose: "🚢".repeat(20_000) })];
    const [, evidence] = await sheetOf(document, "Dependencies");
    const names = String(evidence?.[2]);
    expect(names.length).toBeLessThanOrEqual(32_767);
    const [, last, more] = /name-(\d+), … and (\d+) more$/.exec(names) ?? [];
    expect(Number(last) + 1 + Number(more)).toBe(3000);
    const [, row] = await sheetOf(document, "Rules");
    const purpose = String(row?.[9]);
    expect(purpose.length).toBeLessThanOrEqual(32_767);
    expect(purpose).toMatch(/ … and \d+ more characters$/);
    expect(purpose.isWellFormed()).toBe(true);
  });
});

test("an empty estate gives tables that say so", async () => {
  const document = syntheticDocument({ dependencies: [], hosts: [] });
  document.ruleSet = { ...document.ruleSet, rules: [], matrix: [], unzoned: [] };
  document.coverage = { ...document.coverage, hosts: [], days: [] };
  const sheets = await xlsxSheets(await xlsxBytes(document));
  for (const name of ["Rules", "Dependencies", "Coverage"])
    expect(sheets.get(name)?.slice(1).flat().filter(Boolean), name).toEqual(["none"]);
});

test("a stream that fails rejects with its own error", async () => {
  const failure = new Error("synthetic failure of the disk");
  const broken = new Writable({ write: (_chunk, _encoding, done) => done(failure) });
  await expect(writeFirewallXlsx(syntheticDocument(), broken)).rejects.toBe(failure);
});
