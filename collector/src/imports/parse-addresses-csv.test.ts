import { expect, test } from "vitest";
import { parseAddressesCsv } from "./parse-addresses-csv.ts";

const HEADER = "host,old_address,new_address,new_zone\n";
const parse = (text: string) => parseAddressesCsv(Buffer.from(text));
const badOf = (lines: string) => {
  const result = parse(HEADER + lines);
  return result.ok ? [] : result.bad;
};

test("a line an address, in one spelling; new_zone may be empty or absent, and columns come in any order", () => {
  expect(parse("\uFEFFnew_address,host,old_address\n2001:DB8:0::7,web01,::ffff:10.1.1.7\n")).toEqual({
    ok: true,
    value: [{ line: 2, host: "web01", oldAddress: "10.1.1.7", newAddress: "2001:db8::7" }],
  });
  expect(parse(`${HEADER}web01,10.1.1.7,10.50.1.7,cloud-web\nweb01,10.1.9.7,10.50.1.7,cloud-web\n`)).toMatchObject({
    ok: true,
    value: [{ newZone: "cloud-web" }, { oldAddress: "10.1.9.7" }],
  });
});

test("a Korean file in CP949 is read, and one in UTF-16 is not", () => {
  const host = Buffer.from([0xbc, 0xad, 0xb9, 0xf6]);
  const bytes = Buffer.concat([Buffer.from(HEADER), host, Buffer.from(",10.1.1.7,10.50.1.7,\n")]);
  expect(parseAddressesCsv(bytes)).toMatchObject({ ok: true, value: [{ host: "서버" }] });
  expect(parseAddressesCsv(Buffer.from(HEADER, "utf16le"))).toMatchObject({ ok: false, bad: [{ line: 1 }] });
});

test("every bad line is listed with its column, value and what was expected", () => {
  const lines = ",10.1.1.7,10.50.1.7,\nweb01,10.1.1,10.50.1.0/24,\nweb02,127.0.0.1,,\nweb03,fe80::1,224.0.0.9,\n";
  expect(badOf(lines)).toEqual([
    { line: 2, column: "host", value: "", reason: "expected the host's name" },
    { line: 3, column: "old_address", value: "10.1.1", reason: "expected an IPv4 or IPv6 address" },
    { line: 3, column: "new_address", value: "10.50.1.0/24", reason: "expected an IPv4 or IPv6 address" },
    {
      line: 4,
      column: "old_address",
      value: "127.0.0.1",
      reason: "expected the address of a host, not one of the range loopback",
    },
    { line: 4, column: "new_address", value: "", reason: "expected an IPv4 or IPv6 address" },
    {
      line: 5,
      column: "old_address",
      value: "fe80::1",
      reason: "expected the address of a host, not one of the range linkLocal",
    },
    {
      line: 5,
      column: "new_address",
      value: "224.0.0.9",
      reason: "expected the address of a host, not one of the range multicast",
    },
  ]);
  const long = parse(`${HEADER}${"h".repeat(256)},10.1.1.7,10.50.1.7,${"z".repeat(256)}\n`);
  expect(long).toMatchObject({ ok: false, bad: [{ column: "host" }, { column: "new_zone" }] });
  expect(parse("host,old_address\n")).toMatchObject({ ok: false, bad: [{ line: 1, column: "new_address" }] });
});

test("an address that is to become two, and a new one that two hosts of a zone get, name both lines", () => {
  const lines = [
    "web01,10.1.1.7,10.50.1.7,a",
    "WEB01,10.1.1.7,10.50.1.7,a",
    "web01,10.1.1.7,10.50.1.8,a",
    "web02,10.1.1.8,10.50.1.7,a",
    "web03,10.1.1.9,10.50.1.7,b",
    "web04,10.1.1.7,10.50.1.7,a",
  ];
  expect(badOf(`${lines.join("\n")}\n`)).toEqual([
    {
      line: 4,
      column: "old_address",
      value: "10.1.1.7",
      reason: "line 2 gives this address of the host another new address or zone, 10.50.1.7 in a",
    },
    { line: 5, column: "new_address", value: "10.50.1.7", reason: "line 2 gives it to web01 in the same zone" },
  ]);
  // Of a line that is bad in itself nothing more is said.
  expect(badOf("web01,10.1.1,10.50.1.7,\nweb01,10.1.1,10.50.1.8,\n").map(({ line }) => line)).toEqual([2, 3]);
  // A repeated line is taken once; two hosts may share an address, and keep sharing it.
  const kept = parse(`${HEADER}${[lines[0], lines[1], lines[4], lines[5]].join("\n")}\n`);
  expect(kept.ok && kept.value.map(({ line }) => line)).toEqual([2, 4, 5]);
});
