import { parseCsv } from "@cj-tech-master/excelts/csv";
import { describe, expect, test } from "vitest";
import { SEEN as seen } from "../testing/synthetic-bundle.ts";
import { syntheticDomainDocument as document } from "../testing/synthetic-domain.ts";
import { xlsxBytes, xlsxParts, xlsxSheets } from "../testing/xlsx-reading.ts";
import { directoryCsv } from "./directory-csv.ts";
import { directoryRows } from "./directory-rows.ts";

test("ports with their marks, controllers, every host, outsiders, accounts, addresses and segments, each with what tells it", () => {
  const { directory, hosts, ruleSet } = document();
  const rows = directoryRows(directory, hosts, ruleSet);
  expect(rows.map(({ part, subject, what, state }) => [part, subject, what, state])).toEqual([
    ["bundle", "app → core", "Active Directory corp.example", "rules for what was seen"],
    ["port", "app → core", "tcp/88 (kerberos)", "observed"],
    ["port", "app → core", "udp/464 (kpasswd)", "required, may have been missed"],
    ["port", "app → core", "tcp/49152-65535", "required, not seen"],
    ["controller", "dc1", "10.1.2.21", "domain controller"],
    ["host", "app1", "", "not reported"],
    ["host", "dc1", "", "not reported"],
    ["host", "m1", "M1$, sssd, member", "broken, disabled"],
    ["authenticates", "10.9.9.9", "tcp/389", "not reported"],
    ["authenticates", "app1", "tcp/636", "not-joined"],
    ["account", "m1", "m1", "domain"],
    ["address", "app1", "store", "certificate, no longer"],
    ["address", "m1", "eth0", "dns-server"],
    ["segment", "10.1.1.0/24", "seoul", "in an AD site"],
    ["segment", "10.1.2.0/24", "seoul", "no AD site known"],
  ]);
  const [whole, kerberos, unseen] = rows;
  expect(kerberos).toMatchObject({ ...seen, connections: 7, detail: ["Kerberos", "seen between 1 pair of addresses"] });
  for (const key of ["firstSeen", "lastSeen", "connections"]) expect(unseen).not.toHaveProperty(key);
  expect(whole?.detail).toContain(
    "as one rule it allows 16384 triples that nobody was seen to use, 16384 of them by the dynamic range",
  );
  expect(whole?.detail).toContain("lsass.exe of dc1 listens on tcp/49664");
  expect(whole?.detail).toContain(
    "members may turn to 1 other controller of the domain, which they were not seen to use and this does not allow: dc7",
  );
  expect(whole?.detail).toContain(
    "UDP may have been missed between every member and controller (members m1; controllers dc1)",
  );
  expect(rows[2]?.detail).toContain("may have been missed between 1 pair of member and controller");
  expect(rows[3]?.detail.join()).not.toContain("missed");
  expect(whole?.evidence).toEqual(["rule R-1"]);
  expect(rows[7]).toMatchObject({
    domain: "CORP.EXAMPLE",
    site: "Hamburg",
    detail: [
      "m1",
      "checked 2026-11-20T00:00:00.000Z: a controller was asked, 12 ms",
      "controller dc1: named by kdcinfo; tcp/88",
    ],
    evidence: ["/etc/krb5.keytab: m1 (confirmed by a controller)"],
  });
});

test("who authenticates without being joined: when, how often, with whom and by what", () => {
  const { directory, hosts, ruleSet } = document("java");
  const [, app1] = directoryRows(directory, hosts, ruleSet).filter(({ part }) => part === "authenticates");
  expect(app1).toMatchObject({
    ...seen,
    connections: 4,
    detail: ["asks dc1", "by java"],
    evidence: ["tcp/636 of dc1: at least 4 connections, 2026-11-20T00:00:00.000Z to 2026-11-20T01:00:00.000Z, by java"],
  });
});

test("a retired host is marked wherever it stands as a host", () => {
  const { directory, hosts, ruleSet } = document();
  const rows = directoryRows({ ...directory, retired: new Set(["h1", "h2", "h3"]) }, hosts, ruleSet);
  expect(
    rows.filter(({ state }) => state.endsWith(", retired")).map(({ part, subject, state }) => [part, subject, state]),
  ).toEqual([
    ["controller", "dc1", "domain controller, retired"],
    ["host", "app1", "not reported, retired"],
    ["host", "dc1", "not reported, retired"],
    ["host", "m1", "broken, disabled, retired"],
  ]);
});

test("the same lines in the same order, whoever reported first and got which id", () => {
  const { directory, hosts, ruleSet } = document();
  const ids: Record<string, string> = { h1: "h9", h2: "h10", h3: "h1" };
  const renumbered = <Value>(value: Value): Value =>
    JSON.parse(JSON.stringify(value).replace(/"(h\d)"/g, (_all, id: string) => JSON.stringify(ids[id] ?? id)));
  const first = { id: "h5", name: "dc0", addresses: [], confidence: 1, reasons: [], namedBy: [] };
  const controllers = [...directory.controllers, { ...first, id: "h0" }];
  const later = { ...renumbered({ ...directory, controllers }), retired: new Set<string>() };
  const rows = directoryRows({ ...directory, controllers: [first, ...directory.controllers] }, hosts, ruleSet);
  expect(directoryRows(later, renumbered(hosts), ruleSet)).toEqual(rows);
});

test("the CSV has the sheet's lines", async () => {
  const text = [...directoryCsv(document())].join("");
  const [header, ...lines] = parseCsv(text.slice(1));
  expect(header?.join(",")).toBe(
    "part,subject,what,state,detail,domain,ad_site,first_seen,last_seen,connections,evidence",
  );
  const sheet = (await xlsxSheets(await xlsxBytes(document()))).get("Active Directory") ?? [];
  expect(lines.map((line) => line.slice(0, 4))).toEqual(
    sheet.slice(1).map((row) => row.slice(0, 4).map((cell) => cell ?? "")),
  );
  expect(lines).toHaveLength(15);
  expect(lines[7]).toEqual([
    "host",
    "m1",
    "M1$, sssd, member",
    "broken, disabled",
    "m1; checked 2026-11-20T00:00:00.000Z: a controller was asked, 12 ms; controller dc1: named by kdcinfo; tcp/88",
    "CORP.EXAMPLE",
    "Hamburg",
    "2026-11-20T00:00:00.000Z",
    "2026-11-20T01:00:00.000Z",
    "",
    "/etc/krb5.keytab: m1 (confirmed by a controller)",
  ]);
  const [first, last] = ["2026-11-20T00:00:00.000Z", "2026-11-20T01:00:00.000Z"];
  expect(lines.slice(0, 3).map((line) => [line[0], ...line.slice(7, 10)])).toEqual([
    ["bundle", first, last, "7"],
    ["port", first, last, "7"],
    ["port", "", "", ""],
  ]);
  expect(sheet[0]?.[9]).toBe("Connections");
  expect(sheet.slice(1, 4).map((row) => row[9])).toEqual([7, 7, null]);
});

describe("hostile text", () => {
  test("control characters of what hosts tell reach no file", () => {
    const text = [...directoryCsv(document("a\u0000\u001B[31mb"))].join("");
    expect(text).not.toMatch(/(?![\r\n])\p{Cc}/u);
    expect(text).toContain("a\uFFFD\uFFFD[31mb");
  });

  const HOSTILE = "=cmd|' /C calc'!A0";

  test("stays text in the sheet, and gets an apostrophe in the CSV", async () => {
    const parts = await xlsxParts(await xlsxBytes(document(HOSTILE)));
    const xml = parts.get("xl/worksheets/sheet7.xml") ?? "";
    expect(xml).toContain("<row ");
    expect(xml).not.toMatch(/<f[ >/]/);
    const rows = (await xlsxSheets(await xlsxBytes(document(HOSTILE)))).get("Active Directory") ?? [];
    expect(rows.filter((row) => row[1] === HOSTILE).length).toBeGreaterThan(2);
    for (const line of parseCsv([...directoryCsv(document(HOSTILE))].join("").slice(1)).slice(1)) {
      for (const cell of line) expect(cell).not.toMatch(/^[=+@]/);
    }
  });
});
