import { expect, test } from "vitest";
import { parseLicenceFile } from "./parse-licence-file.ts";
import { parseLicenceServers, parseLicenceVariables } from "./parse-licence-servers.ts";
import { parseTnsNames } from "./parse-tns-names.ts";
import { isThisHost } from "./this-host.ts";

test("licence servers, and no file of licences", () => {
  expect(parseLicenceServers("27000@lic1.example;C:\\lic\\a.dat;@lic2,1700@localhost")).toEqual([
    "lic1.example:27000",
    "lic2",
  ]);
  expect(parseLicenceServers("27000@a,27000@b,27000@c:/opt/x/license.dat:5053@10.1.1.9")).toEqual([
    "a:27000",
    "b:27000",
    "c:27000",
    "10.1.1.9:5053",
  ]);
});

test.each([".", "(local)\\PAY", "tcp:localhost,1433", "127.0.0.1", "(localdb)\\x"])("%j is this host", (name) => {
  expect(isThisHost(name)).toBe(true);
});
test.each(["local", "localhost1", "tcp:db1", "10.1.1.7"])("%j is not", (name) => {
  expect(isThisHost(name)).toBe(false);
});

test.each([
  ["export LM_LICENSE_FILE=27000@lic1:$LM_LICENSE_FILE", "LM_LICENSE_FILE", ["lic1:27000"]],
  ['CADS_LICENSE_FILE="1717@lic1,1717@lic2" # both', "CADS_LICENSE_FILE", ["lic1:1717", "lic2:1717"]],
  ["[ -f /x ] && RLM_LICENSE='5053@lic1'; export RLM_LICENSE", "RLM_LICENSE", ["lic1:5053"]],
  ['"MLM_LICENSE_FILE=27000@lic1" OTHER=x', "MLM_LICENSE_FILE", ["lic1:27000"]],
  ["export foundry_LICENSE=4101@lic1", "foundry_LICENSE", ["lic1:4101"]],
  ["LM_LICENSE_FILE=27000@a:\\\n  27000@b", "LM_LICENSE_FILE", ["a:27000", "b:27000"]],
  ["# about \\\nLM_LICENSE_FILE=27000@a", "LM_LICENSE_FILE", ["a:27000"]],
])("the variable in %j", (text, variable, servers) => {
  expect(parseLicenceVariables(text)).toEqual(servers.map((server) => ({ variable, server })));
});

test.each([
  "#LM_LICENSE_FILE=27000@lic1",
  " ;LM_LICENSE_FILE=27000@lic1",
  "LM_LICENSE_FILE=/opt/hush/license.dat",
  "DATABASE_URL=postgres://app:hush@db1/app",
  "MAIL=27000@lic1",
  "LM_LICENSE_FILE=user:hush@db1/x",
  "RLM_LICENSE=<LICENSE x y 1.0 permanent uncounted sig=hush@x>",
])("nothing is taken of %j", (text) => {
  expect(parseLicenceVariables(text)).toEqual([]);
});

test("a licence file: whose it is and what it is bound to, never a key", () => {
  const text = [
    "# synthetic",
    "SERVER lic1 005056AABBCC 27000 PRIMARY_IS_MASTER",
    "server lic2.corp.example INTERNET=10.1.1.5",
    "SERVER lic3 ANY 27000",
    "SERVER lic4 VM_UUID=564D1234-ABCD 27001",
    "VENDOR cads port=1717",
    "FEATURE hushed cads 1.0 permanent 4 HUSH1234 \\",
    '  HOSTID="005056aabbdd 005056aabbee" SIGN="HUSH 5678"',
    "INCREMENT x cads 1.0 permanent uncounted HUSH HOSTID=USER=hush",
  ].join("\n");
  const found = parseLicenceFile(text);
  expect(found).toEqual({
    product: "FLEXlm",
    hosts: [
      { name: "lic1", port: "27000", boundTo: { kind: "mac", value: "00:50:56:aa:bb:cc" } },
      { name: "lic2.corp.example", boundTo: { kind: "address", value: "10.1.1.5" } },
      { name: "lic3", port: "27000" },
      { name: "lic4", port: "27001", boundTo: { kind: "other", value: "VM_UUID=564D1234-ABCD" } },
    ],
    locks: [
      { kind: "mac", value: "00:50:56:aa:bb:dd" },
      { kind: "mac", value: "00:50:56:aa:bb:ee" },
    ],
  });
  expect(JSON.stringify(found)).not.toMatch(/hush/i);
});

test("an RLM file, and a file of another kind", () => {
  const rlm =
    'HOST melody ether=005056aabbcc 5053\nISV demo\nLICENSE demo x 1.0 permanent 1 hostid=ip=10.1.1.6 sig="HUSH"\n';
  expect(parseLicenceFile(rlm)).toEqual({
    product: "RLM",
    hosts: [{ name: "melody", port: "5053", boundTo: { kind: "mac", value: "00:50:56:aa:bb:cc" } }],
    locks: [{ kind: "address", value: "10.1.1.6" }],
  });
  expect(parseLicenceFile("\0\x01host\0 SERVER \nserver {\n}\nserver is running 27000\nhost db1 10.1.1.7\n")).toEqual({
    product: "FLEXlm",
    hosts: [],
    locks: [],
  });
});

// As long as a file may be: a pattern that looks back or ahead at each place would take minutes.
test.each([" ", "\n", "a", "a\\\n", "\\", 'A="', "(ADDRESS=", "()", "SERVER ", ' HOSTID="'])(
  "a megabyte of %j is read in one go",
  (piece) => {
    const text = piece.repeat(1_000_000 / piece.length);
    expect(parseLicenceVariables(text)).toEqual([]);
    expect(parseLicenceFile(text).hosts).toEqual([]);
    expect(parseTnsNames(`x = (ADDRESS = (HOST = a${text}b))`)).toEqual([]);
    expect(parseTnsNames(text)).toEqual([]);
  },
);
