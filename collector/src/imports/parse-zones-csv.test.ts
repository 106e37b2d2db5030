import { expect, test } from "vitest";
import { checkZones } from "./check-zones.ts";
import { parseZonesCsv } from "./parse-zones-csv.ts";

const parse = (text: string) => parseZonesCsv(Buffer.from(text));
const badOf = (text: string) => {
  const result = parse(text);
  return result.ok ? [] : result.bad;
};

test("columns come in any order, with defaults for what is empty or absent", () => {
  expect(
    parse('CIDR, zone ,kind,description\n10.1.0.0/16,app,,\n2001:DB8::/32,"pc, all",Clients,"the ""PCs"""\n'),
  ).toEqual({
    ok: true,
    value: [
      { name: "app", cidr: "10.1.0.0/16", site: "default", kind: "servers" },
      { name: "pc, all", cidr: "2001:db8::/32", site: "default", kind: "clients", description: 'the "PCs"' },
    ],
  });
});

test("a Korean file in CP949 is read", () => {
  const bytes = Buffer.concat([
    Buffer.from("zone,cidr\n"),
    Buffer.from([0xbc, 0xad, 0xb9, 0xf6]),
    Buffer.from(",10.0.0.0/8\n"),
  ]);
  expect(parseZonesCsv(bytes)).toMatchObject({ ok: true, value: [{ name: "서버" }] });
});

test("nested ranges are legal, and so is the same range at two sites", () => {
  expect(parse("zone,cidr,site\na,10.0.0.0/8,x\nb,10.1.0.0/16,x\nc,10.0.0.0/8,y\n").ok).toBe(true);
});

test("the same range in two zones of a site names both lines", () => {
  expect(badOf("zone,cidr\napp,10.1.0.0/16\n\ndb,10.1.0.0/16\n")).toEqual([
    {
      line: 4,
      column: "cidr",
      value: "10.1.0.0/16",
      reason: "line 2 puts the range into zone app, line 4 into zone db",
    },
  ]);
});

test("a line that repeats an earlier one is taken once", () => {
  expect(parse("zone,cidr\napp,10.1.0.0/16\napp,10.1.0.0/16\n")).toMatchObject({ ok: true, value: [{ name: "app" }] });
});

test("every bad line is listed with its column, value and reason", () => {
  const lines = [
    "app,10.1.2.3/16,",
    ",10.2.0.0/16,",
    "db,10.3.0.0,",
    "x,nonsense,",
    "y,10.4.0.0/33,",
    "z,10.5.0.0/16,dmz",
  ];
  expect(badOf(`zone,cidr,kind\n${lines.join("\n")}\n`)).toEqual([
    { line: 2, column: "cidr", value: "10.1.2.3/16", reason: "host bits are set; the network is 10.1.0.0/16" },
    { line: 3, column: "zone", value: "", reason: "expected the zone's name" },
    { line: 4, column: "cidr", value: "10.3.0.0", reason: "expected a range; of one address write 10.3.0.0/32" },
    { line: 5, column: "cidr", value: "nonsense", reason: "expected an address range such as 10.1.2.0/24" },
    { line: 6, column: "cidr", value: "10.4.0.0/33", reason: "expected a prefix length of 0 to 32" },
    { line: 7, column: "kind", value: "dmz", reason: "expected servers, clients, external or nothing" },
  ]);
});

test("host bits of an IPv6 range name the right network", () => {
  expect(badOf("zone,cidr\na,2001:db8::5/64\n")).toMatchObject([
    { reason: "host bits are set; the network is 2001:db8::/64" },
  ]);
});

test("headers that are unknown, doubled or missing are named", () => {
  expect(badOf("zone,zone,colour\n").map(({ line, column, reason }) => [line, column, reason])).toEqual([
    [1, "zone", "the column stands twice"],
    [1, "colour", "unknown column; expected zone, cidr, site, kind, description"],
    [1, "cidr", "the column cidr is missing"],
  ]);
  expect(badOf("")).toHaveLength(2);
});

test("a row with too many values, a quote out of place and bytes of another encoding are bad lines", () => {
  expect(badOf('zone,cidr\na,10.0.0.0/8,x,y\nb"c,10.0.0.0/8\nd,11.0.0.0/8\n')).toMatchObject([
    { line: 2, value: "x,y", reason: "expected at most 2 columns, got 4" },
    { line: 3, reason: "a quote stands inside a value that does not begin with one" },
  ]);
  expect(badOf('zone,cidr\n"a,10.0.0.0/8\n')).toMatchObject([{ reason: "a quote is opened and never closed" }]);
  expect(parseZonesCsv(Buffer.from("zone,cidr\n", "utf16le"))).toMatchObject({
    ok: false,
    bad: [{ line: 1 }],
  });
});

test("zones that come as JSON are checked by the same rules", () => {
  const zone = { name: "a", cidr: "10.0.0.0/8", site: "default", kind: "servers" } as const;
  expect(checkZones([zone, { ...zone, name: "b" }, { ...zone, cidr: "10.0.0.1/8" }])).toEqual([
    {
      path: "items[1].cidr",
      value: "10.0.0.0/8",
      reason: "items[0] puts the range into zone a, items[1] into zone b",
    },
    { path: "items[2].cidr", value: "10.0.0.1/8", reason: "host bits are set; the network is 10.0.0.0/8" },
  ]);
});

test("what the API could not show again is refused with its line", () => {
  const long = `zone,cidr,site,description\na,10.0.0.0/8,,\n${"z".repeat(256)},10.1.0.0/16,${"s".repeat(256)},${"d".repeat(1025)}\n`;
  expect(badOf(long).map(({ line, column }) => `${line} ${column}`)).toEqual(["3 zone", "3 site", "3 description"]);
  const many = Array.from({ length: 10_001 }, (_, index) => `z,10.${index >> 8}.${index & 255}.0/24\n`).join("");
  expect(badOf(`zone,cidr\n${many}`)).toEqual([expect.objectContaining({ line: 10_002 })]);
});
