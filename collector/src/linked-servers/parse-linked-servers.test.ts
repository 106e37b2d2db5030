import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { LINK_COLUMNS } from "./columns.ts";
import { parseLinkedServers } from "./parse-linked-servers.ts";
import { LINK_QUERIES } from "./queries.ts";

const END = { site: "seoul", host: "erpdb01" };
const fixture = (name: string) => readFileSync(new URL(`fixtures/${name}`, import.meta.url));
const HEADER = LINK_COLUMNS.join(",");
const AT = "2026-11-20T03:00:00Z";
const text = (...lines: string[]) => Buffer.from([HEADER, ...lines, ""].join("\n"));

function taken(bytes: Uint8Array) {
  const result = parseLinkedServers(bytes, END);
  if (!result.ok) throw new Error(JSON.stringify(result.bad));
  return result.value;
}
/** Of a file with one instance: what follows the instance in each holder, and the target. */
function links(bytes: Uint8Array): [string, string][] {
  const [list, ...others] = taken(bytes);
  expect(others).toEqual([]);
  return (list?.items ?? []).map(({ holder, target }) => [holder.slice(holder.indexOf(", ") + 2), target]);
}
function bad(bytes: Uint8Array) {
  const result = parseLinkedServers(bytes, END);
  return result.ok ? [] : result.bad.map(({ line, column, value, reason }) => [line, column, value, reason]);
}

test("of a real PostgreSQL: foreign servers and subscriptions, several hosts of one, and no password", () => {
  const [list] = taken(fixture("postgresql-15.csv"));
  expect(list).toMatchObject({ ...END, holder: "postgresql 5499/postgres" });
  expect(list?.at).toBeGreaterThan(Date.parse("2026-11-21T00:00:00Z"));
  expect(list?.items[0]).toEqual({
    kind: "linked-server",
    holder: `PostgreSQL 5499/postgres, foreign server o'dd "name", x (postgres_fdw)`,
    target: "10.7.7.7",
    source: "pg_foreign_server",
  });
  expect(links(fixture("postgresql-15.csv")).slice(1)).toEqual([
    ["foreign server payroll (postgres_fdw, database pay)", "pay01.corp.example:5433"],
    ["foreign server two (postgres_fdw, database pay)", "10.0.0.1:5432"],
    ["foreign server two (postgres_fdw, database pay)", "10.0.0.2:5433"],
    ["subscription orders (logical replication)", "db07.corp.example:5432"],
    ["subscription quoted (logical replication)", "db08"],
    ["subscription sslp (logical replication)", "10.1.1.1"],
    ["subscription uri (logical replication)", "db09:5444"],
    ["subscription uri (logical replication)", "db10:5445"],
    ["subscription uri6 (logical replication)", "[2001:db8::9]:5444"],
  ]);
  for (const name of ["postgresql-15.csv", "postgresql-15-not-superuser.csv", "mariadb-10.11.tsv"])
    expect(fixture(name).toString()).not.toContain("SECRET");
});

test("who may not see where a subscription goes is told its name", () => {
  expect(links(fixture("postgresql-15-not-superuser.csv"))).toContainEqual([
    "subscription orders (logical replication)",
    "(not told)",
  ]);
});

test("of a real MariaDB, with tabs and a tab in a name", () => {
  expect(links(fixture("mariadb-10.11.tsv"))).toEqual([
    ["server fed1 (mysql, database shop)", "shop01.corp.example:3310"],
    ["server odd\tname (mysql, database shop)", "10.4.4.4:3306"],
    ["replication channel default (replication)", "10.0.0.5:3306"],
    ["replication channel m1 (replication)", "src01:3307"],
  ]);
});

const SQLCMD = [
  ["linked server PAYROLL (MSOLEDBSQL, database hr)", "paydb01.corp.example:1440"],
  ['linked server OLD "CRM" (SQLNCLI)', "CRMDB\\SQL2008"],
  ["linked server ORA (OraOLEDB.Oracle)", "oradb01:1521"],
  ["linked server DSN (MSDASQL)", "warehouse (ODBC data source)"],
  ["remote server repl_distributor (SQLNCLI, database distribution)", "DIST01"],
];
test("as sqlcmd is said to print it: underlined, counted in any language, also in UTF-16 and quoted once more", () => {
  const plain = fixture("sqlcmd-synthetic.csv").toString();
  expect(links(Buffer.from(plain))).toEqual(SQLCMD);
  expect(links(Buffer.from(`\uFEFF${plain}`, "utf16le"))).toEqual(SQLCMD);
  expect(
    links(Buffer.from(plain.replace("(6 rows affected)", "(6개 행이 영향을 받음)").replaceAll("\n", "\r\n"))),
  ).toEqual(SQLCMD);
  expect(links(Buffer.from(plain.replace('"PAYROLL"', '"""PAYROLL"""')))).toEqual(SQLCMD);
});

test("as SQL*Plus is said to print it: a name of tnsnames.ora, descriptors, EZConnect", () => {
  expect(links(fixture("sqlplus-synthetic.csv"))).toEqual([
    ["database link HR.PAY.CORP.EXAMPLE (Oracle Net)", "PAYPRD (name in tnsnames.ora)"],
    ["database link PUBLIC.DWH (Oracle Net)", "dwh1:1521"],
    ["database link PUBLIC.DWH (Oracle Net)", "10.3.3.3:1522"],
    ["database link PUBLIC.EASY (Oracle Net)", "crmdb:1599"],
  ]);
});

test("an instance without links is a list without items; two instances are two lists", () => {
  const self = (name: string) => `mysql,${name},instance,${name},,,,8.0,${AT}`;
  expect(taken(text(self("a:1"), self("b:2")))).toEqual([
    { ...END, holder: "mysql a:1", at: Date.parse(AT), items: [] },
    { ...END, holder: "mysql b:2", at: Date.parse(AT), items: [] },
  ]);
});

test.each([
  ["10.1.1.1", "", "10.1.1.1"],
  ["2001:db8::1", "5432", "[2001:db8::1]:5432"],
  ["/var/run/postgresql", "5432", "(a socket of this host)"],
  ["//ora1:1521/svc", "", "ora1:1521"],
])("where a link leads: %s %s", (host, port, target) => {
  expect(links(text(`postgresql,p,foreign-server,x,${host},${port},,fdw,${AT}`))).toEqual([
    ["foreign server x (fdw)", target],
  ]);
});

test.each([
  ["sqlserver", "HRDB", "1466", "HRDB:1466"],
  ["sqlserver", '"tcp:hrdb\\ERP,1433"', "1466", "hrdb\\ERP:1433"],
  ["oracle", "dwh1", "1522", "dwh1:1522"],
])(
  "a port that somebody wrote beside the host counts where the host has none: %s %s %s",
  (engine, host, port, target) => {
    const [[, found] = []] = links(
      text(`${engine},p,${engine === "oracle" ? "database-link" : "linked-server"},x,${host},${port},,p,${AT}`),
    );
    expect(found).toBe(target);
  },
);

test("bad lines are named with their line, column and value, and nothing is taken", () => {
  const bytes = text(
    `mysql,a,instance,a,,,,8.0,${AT}`,
    `access,a,linked-server,x,h,,,,${AT}`,
    `mysql,,federated-server,x,h,70000,,,yesterday`,
    `mysql,a,link,,two words,,,,${AT}`,
    `oracle,a,database-link,x,(DESCRIPTION=(NOTHING=1)),,,,${AT}`,
    `mysql,a,federated-server,x,h,1,2,3,${AT},more`,
  );
  expect(bad(bytes)).toEqual([
    [3, "engine", "access", "expected sqlserver, oracle, postgresql, mysql"],
    [4, "instance", "", "expected the instance's name"],
    [4, "asked_at", "yesterday", "expected an RFC 3339 time such as 2026-11-20T09:00:00Z"],
    [4, "port", "70000", "expected a whole number of 1 to 65535, or nothing"],
    [5, "kind", "link", expect.stringContaining("expected instance, linked-server")],
    [5, "name", "", "expected a name"],
    [5, "host", "two words", "expected a host name or an address, with its port or without"],
    [6, "host", "(DESCRIPTION=(NOTHING=1))", "expected ADDRESS entries with a HOST"],
    [7, undefined, "more", "expected at most 9 columns, got 10"],
  ]);
});

test.each([
  ["a provider string", "UID=sa;PWD=S3CRET"],
  ["a connection string", "host=db password = S3CRET"],
  ["an address with a password", "mysql://root:S3CRET@db/x"],
])("a password is refused and never repeated: %s", (_name, host) => {
  const answer = bad(text(`mysql,a,federated-server,x,"${host}",,,,${AT}`));
  expect(answer).toEqual([[2, "host", "", expect.stringContaining("expected no password")]]);
  const beyond = bad(text(`mysql,a,federated-server,x,h,,,,${AT},"${host}"`));
  expect(beyond).toEqual([[2, undefined, "", "expected at most 9 columns, got 10"]]);
});

test("what is no such table is refused", () => {
  expect(bad(Buffer.from(""))).not.toEqual([]);
  expect(bad(text())).toEqual([[1, undefined, "", expect.stringContaining("at least the line of kind instance")]]);
  expect(bad(Buffer.from("engine,instance\na,b\n"))).toContainEqual([1, "kind", "", "the column kind is missing"]);
  expect(bad(Buffer.from([0x61, 0xff, 0xff, 0x62]))).toEqual([
    [1, undefined, "", "expected UTF-8, UTF-16 or CP949 text"],
  ]);
  const many = Array.from({ length: 10_001 }, () => `mysql,a,instance,a,,,,8.0,${AT}`);
  expect(bad(text(...many))).toEqual([[10_001, undefined, "", "expected at most 10000 lines, got 10001"]]);
});

test.each(Object.entries(LINK_QUERIES))(
  "the query of %s names every column, selects no secret, changes nothing",
  (_engine, query) => {
    for (const column of LINK_COLUMNS) expect(query).toMatch(new RegExp(`(AS ${column}|found\\.${column})\\b`));
    const statements = query.replace(/^--.*$/gm, "");
    expect(statements).not.toMatch(/\b(insert|update|delete|create|alter|drop|grant|exec|merge|call)\b/i);
    expect(statements).not.toMatch(/\b(user_?name|provider_string|linked_logins|link\$|user_mapping|umoptions)\b/i);
  },
);
