import { expect, test } from "vitest";
import { parseAddresses } from "./parse-addresses.ts";
import { dataSourceServer, parseDataSources } from "./parse-data-sources.ts";
import { parseHosts } from "./parse-hosts.ts";

test("hosts: what is not loopback or a group, with its line", () => {
  const text =
    "127.0.0.1 localhost\n::1 ip6-localhost\nff02::1 ip6-allnodes\nfe00::0 ip6-localnet\n# 10.9.9.9 off\n10.1.1.5\tdb1 db1.corp.example # main\n10.1.1.6\n";
  expect(parseHosts(text)).toEqual([{ line: 6, address: "10.1.1.5", names: ["db1", "db1.corp.example"] }]);
});

test("data sources: the server, never user or password", () => {
  const text = [
    "[erp]\nDriver=FreeTDS\nServer=10.1.1.7\nPort=1433\nUID=sa\nPWD=hush1",
    "[crm]\nServername = sa:hush2@db.corp.example,1433\n[odd]\nServer=x;PWD=hush3\n[none]\nPWD=hush4",
  ].join("\n");
  const found = parseDataSources(text);
  expect(found).toEqual([
    { name: "erp", server: "10.1.1.7:1433" },
    { name: "crm", server: "db.corp.example,1433" },
    { name: "odd", server: "x" },
  ]);
  expect(JSON.stringify(found)).not.toContain("hush");
});

test.each([
  ["sql1;UID=sa;PWD=hu@sh", "sql1"],
  ["tcp:sql1,1433;Password=a@hush", "tcp:sql1,1433"],
  ["{sql1};PWD=x@hush", "sql1"],
  ["scott/hu@sh@db1", "db1"],
  ["sa:hu;sh@db1", undefined],
  ["scott/hu;sh@db1", undefined],
  ["sa:hu@sh;hush@db1", undefined],
])("data sources: nothing of a password in a server's value, %s", (value, server) => {
  expect(parseDataSources(`[x]\nServer=${value}`)).toEqual(server === undefined ? [] : [{ name: "x", server }]);
});

test("data sources: libpq's address, which it calls in place of the name", () => {
  expect(parseDataSources("[x]\nhost=db1\nhostaddr=10.1.1.7\nport=5432\n")).toEqual([
    { name: "x", server: "10.1.1.7:5432" },
  ]);
});

test("private addresses in a text, by line, and nothing that only looks like one", () => {
  const text =
    "url=http://10.1.2.3:8080/x\n8.8.8.8 v10.1.2.3 10.1.2.3.4 10.1.2.300\n\nproxy 192.168.0.1,fd00::5 password=hush\n";
  expect(parseAddresses(text, 9)).toEqual([
    { line: 1, address: "10.1.2.3" },
    { line: 4, address: "192.168.0.1" },
    { line: 4, address: "fd00::5" },
  ]);
  expect(parseAddresses(text, 1)).toHaveLength(1);
});

test("an address behind a protocol or a name and a colon is one; behind a number and a colon it is a version", () => {
  const text = 'Server=tcp:10.0.0.5,1433\n- "web12:10.0.0.6"\n1:10.0.0.7-2\nc:10.0.0.8\n::10.0.0.9\ntcp:10.0.0.10.11\n';
  expect(parseAddresses(text, 9)).toEqual([
    { line: 1, address: "10.0.0.5" },
    { line: 2, address: "10.0.0.6" },
  ]);
});

test("a data source whose server stands empty, and under another name", () => {
  const values = new Map([
    ["server", " "],
    ["servername", "db1"],
    ["port", "5433"],
  ]);
  expect(dataSourceServer((key) => values.get(key))).toBe("db1:5433");
});
