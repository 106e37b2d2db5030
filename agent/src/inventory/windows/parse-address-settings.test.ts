import { expect, test } from "vitest";
import { parseCertificateBlob } from "./parse-certificate-blob.ts";
import { parseNameServers, parseNtpServers, parsePersistentRoute, parseSuffixes } from "./parse-network-settings.ts";
import { parseClientAlias } from "./parse-targets.ts";
import { syntheticCertificateBlob } from "./synthetic-certificate-blob.ts";

test("name servers and suffixes, parted as Windows does, apart from this host", () => {
  expect(parseNameServers("10.1.1.1,10.1.1.2 fd00::1%4,127.0.0.1, ::1,x")).toEqual(["10.1.1.1", "10.1.1.2", "fd00::1"]);
  expect(parseNameServers("")).toEqual([]);
  expect(parseSuffixes("corp.example,eu.corp.example, x..y")).toEqual(["corp.example", "eu.corp.example"]);
  expect(parseSuffixes("müller.example 본사.example")).toEqual(["müller.example", "본사.example"]);
});

test.each([
  ["10.101.0.0,255.255.0.0,10.66.0.254,1", { range: "10.101.0.0/16", gateway: "10.66.0.254" }],
  ["0.0.0.0,0.0.0.0,10.66.0.1,-1", { range: "0.0.0.0/0", gateway: "10.66.0.1" }],
  ["10.101.0.0,255.255.0.0,0.0.0.0,1", undefined],
  ["10.101.0.0,255.0.255.0,10.66.0.254,1", undefined],
  ["10.101.0.0", undefined],
])("the route %j", (name, route) => {
  expect(parsePersistentRoute(name)).toEqual(route);
});

test("time servers only where the type says that they are asked", () => {
  const servers = "time.example,0x9 10.1.1.9";
  expect(parseNtpServers(servers, "NTP")).toEqual(["time.example", "10.1.1.9"]);
  expect(parseNtpServers("zeit.müller.example,0x9", "NTP")).toEqual(["zeit.müller.example"]);
  expect(parseNtpServers(servers, "AllSync")).toHaveLength(2);
  expect(parseNtpServers(servers, "NT5DS")).toEqual([]);
  expect(parseNtpServers(servers, "")).toEqual([]);
});

test.each([
  ["DBMSSOCN,10.1.1.7,1433", "10.1.1.7:1433"],
  ["DBMSSOCN,db1\\PAY", "db1\\PAY"],
  ["DBNMPNTW,\\\\db2\\pipe\\sql\\query", "\\\\db2"],
  ["DBNMPNTW,\\\\.\\pipe\\sql\\query", undefined],
  ["DBMSSOCN,localhost,1433", undefined],
  ["DBMSSPXN,db3", undefined],
  ["DBMSSOCN,fd00::7,1433", "[fd00::7]:1433"],
  ["DBMSSOCN,[fd00::7]", "[fd00::7]"],
  ["DBMSSOCN,::1,1433", undefined],
  ["DBMSSOCN,db1;PWD=hush,1433", undefined],
])("the alias %j", (text, target) => {
  expect(parseClientAlias(text)).toBe(target);
});

test("of a certificate's blob only the certificate; of a damaged one nothing", () => {
  const der = Buffer.from("synthetic");
  const blob = syntheticCertificateBlob([
    [2, Buffer.from("key container")],
    [32, der],
    [3, Buffer.alloc(20)],
  ]);
  expect(parseCertificateBlob(blob)).toEqual(der);
  expect(parseCertificateBlob(syntheticCertificateBlob([[2, der]]))).toBeUndefined();
  for (let length = 0; length < 12 + 13 + 12 + der.length; length++) {
    expect(parseCertificateBlob(blob.subarray(0, length))).toBeUndefined();
  }
});
