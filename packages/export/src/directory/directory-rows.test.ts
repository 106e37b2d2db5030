import { parseCsv } from "@cj-tech-master/excelts/csv";
import type { Bundle } from "@portolan/firewall";
import { describe, expect, test } from "vitest";
import type { FirewallDocument } from "../firewall-document.ts";
import { syntheticDocument, syntheticHost } from "../testing/synthetic-document.ts";
import { xlsxBytes, xlsxParts, xlsxSheets } from "../testing/xlsx-reading.ts";
import { directoryCsv } from "./directory-csv.ts";
import { directoryRows } from "./directory-rows.ts";

const AT = Date.UTC(2026, 10, 20);
const seen = { firstSeen: AT, lastSeen: AT + 3_600_000 };

const bundle: Bundle = {
  id: "B-1",
  name: "Active Directory corp.example",
  domain: "corp.example",
  sourceZone: "app",
  destinationZone: "core",
  sources: [{ name: "m1", addresses: ["10.1.1.11/32"] }],
  destinations: [{ name: "dc1", addresses: ["10.1.2.21/32"] }],
  members: [{ name: "m1", because: "reported" }],
  ports: [
    {
      protocol: "tcp",
      fromPort: 88,
      toPort: 88,
      name: "kerberos",
      purpose: "Kerberos",
      mark: "observed",
      pairs: 1,
      connections: 7,
      ...seen,
      blindPairs: 0,
    },
    {
      protocol: "udp",
      fromPort: 464,
      toPort: 464,
      name: "kpasswd",
      purpose: "password change",
      mark: "required-but-not-seen",
      pairs: 0,
      connections: 0,
      blindPairs: 1,
    },
    {
      protocol: "tcp",
      fromPort: 49_152,
      toPort: 65_535,
      purpose: "dynamic RPC",
      mark: "required-but-not-seen",
      pairs: 0,
      connections: 0,
      blindPairs: 0,
      observedPorts: [],
    },
  ],
  blind: [
    {
      protocol: "udp",
      pairs: 1,
      of: 1,
      members: ["m1"],
      controllers: ["dc1"],
      text: "UDP may have been missed between every member and controller",
    },
  ],
  rpc: {
    joined: false,
    listeners: [{ controller: "dc1", port: 49_664, process: "lsass.exe" }],
    advice: "Pin it.",
    ports: { now: 16_384, pinned: 2 },
    overPermission: { now: 16_384, pinned: 2 },
  },
  unusedControllers: [{ name: "dc7", addresses: ["10.1.7.21"] }],
  rules: ["R-1"],
  overPermission: 16_384,
  overPermissionOfRange: 16_384,
  evidence: {
    flows: 1,
    connections: 7,
    ...seen,
    days: 1,
    ends: { client: 0, server: 0, both: 1 },
    dependencies: ["d1"],
  },
  purpose: "lsass.exe",
};

/** SYNTHETIC: one member, one controller, one application that is not joined, one host that never said. */
function document(text = "m1"): FirewallDocument {
  const plain = syntheticDocument();
  return {
    ...plain,
    ruleSet: { ...plain.ruleSet, bundles: [bundle] },
    hosts: [
      syntheticHost("h1", text, "10.1.1.11"),
      syntheticHost("h2", "dc1", "10.1.2.21"),
      syntheticHost("h3", "app1", "10.1.1.12"),
      syntheticHost("h4", "10.1.1.13", "10.1.1.13", "unmanaged"),
    ],
    directory: {
      directory: [
        {
          hostId: "h1",
          ...seen,
          record: {
            status: "broken",
            reason: "disabled",
            detail: text,
            method: "sssd",
            role: "member",
            realm: "CORP.EXAMPLE",
            computerAccount: "M1$",
            site: "Hamburg",
            domainControllers: [],
            spns: [],
            serviceAccounts: [{ consumer: text, account: text, kind: "domain" }],
            evidence: [{ source: "/etc/krb5.keytab", value: text, privileged: true, verifiedLive: true }],
            checkedAt: "2026-11-20T00:00:00.000Z",
            probeMs: 12,
          },
        },
      ],
      controllers: [
        {
          id: "h2",
          name: "dc1",
          addresses: ["10.1.2.21"],
          domain: "corp.example",
          confidence: 0.9,
          reasons: [{ by: "members", text: "named as its controller by m1 (kdcinfo)" }],
          namedBy: [{ host: "h1", sources: ["kdcinfo"] }],
        },
      ],
      uses: [
        {
          client: "h1",
          controller: "h2",
          services: [{ protocol: "tcp", port: 88, connections: 7, lowerBound: true, processes: [], ...seen }],
          processes: [],
        },
        {
          client: "h3",
          controller: "h2",
          services: [
            { protocol: "tcp", port: 53, connections: 99, lowerBound: false, processes: ["resolver"], ...seen },
            { protocol: "tcp", port: 636, connections: 4, lowerBound: true, processes: [text], ...seen },
          ],
          processes: ["resolver", text],
        },
      ],
      outsiders: [
        { client: "h3", membership: "not-joined", controllers: ["h2"], services: ["tcp/636"], processes: [text] },
        {
          client: "u:s:10.9.9.9",
          membership: "not-reported",
          controllers: ["h2"],
          services: ["tcp/389"],
          processes: [],
        },
      ],
      segments: [
        { cidr: "10.1.1.0/24", site: "seoul", sites: [{ name: "Hamburg", hosts: 1 }], silent: 0 },
        { cidr: "10.1.2.0/24", site: "seoul", sites: [], silent: 1 },
      ],
      retired: new Set(),
      addressDependencies: [
        {
          hostId: "h1",
          kind: "dns-server",
          holder: "eth0",
          target: text,
          source: "/etc/resolv.conf",
          current: true,
          suspected: false,
          ...seen,
        },
        {
          hostId: "h3",
          kind: "certificate",
          holder: "store",
          target: "CN=app1",
          validUntil: "2027-01-01T00:00:00Z",
          source: "LocalMachine",
          current: false,
          suspected: false,
          ...seen,
        },
      ],
    },
  };
}

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
