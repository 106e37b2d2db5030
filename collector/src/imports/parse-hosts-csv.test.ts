import { expect, test } from "vitest";
import { parseHostsCsv } from "./parse-hosts-csv.ts";

const parse = (text: string, site?: string) => parseHostsCsv(Buffer.from(text), site === undefined ? {} : { site });

test("lines of one host add up, whatever the case of its name", () => {
  const text =
    "host,address,site,environment,notes\napp01,10.0.0.1; ::ffff:10.0.0.2,,prod,\nAPP01,10.0.0.3,,,old\ndb01,,busan,,\n";
  expect(parse(text, "seoul")).toEqual({
    ok: true,
    value: [
      {
        name: "app01",
        site: "seoul",
        addresses: ["10.0.0.1", "10.0.0.2", "10.0.0.3"],
        environment: "prod",
        notes: "old",
      },
      { name: "db01", site: "busan", addresses: [] },
    ],
  });
});

test("bad lines are listed and nothing is taken", () => {
  expect(parse("host,address\n,10.0.0.1\napp01,10.0.0\napp02,10.0.0.2\n")).toEqual({
    ok: false,
    bad: [
      { line: 2, column: "host", value: "", reason: "expected the host's name" },
      { line: 3, column: "address", value: "10.0.0", reason: "expected an IPv4 or IPv6 address" },
    ],
  });
});

test("without a site anywhere it is the default one", () => {
  expect(parse("host\napp01\n")).toMatchObject({ ok: true, value: [{ site: "default" }] });
});
