import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { LINK_COLUMNS as LINKS } from "../linked-servers/columns.ts";
import { detectFormat } from "./detect-format.ts";

test.each([
  ["a report", Buffer.from('  {"protocolVersion":1}'), "report"],
  ["a long line of reports", Buffer.from(`{"a":"${"가".repeat(5000)}"}\n{}`), "report"],
  ["a packed file", gzipSync("{}"), "report"],
  ["a marked flows.csv", Buffer.from('\uFEFFserver,"client",Protocol,port\n'), "flows-csv"],
  ["linked servers", Buffer.from(`${LINKS.join(",")}\n-,-\n`), "linked-servers"],
  ["linked servers with tabs", Buffer.from(`${LINKS.join("\t")}\n`), "linked-servers"],
  ["of SQL*Plus", Buffer.from(`\n${JSON.stringify(LINKS).slice(1, -1).toUpperCase()}\n`), "linked-servers"],
  ["in UTF-16", Buffer.from(`\uFEFF${LINKS.join(",")}\r\n${"x".repeat(5000)}`, "utf16le"), "linked-servers"],
  ["another table", Buffer.from("zone,cidr\n"), undefined],
  ["nothing", Buffer.from(""), undefined],
])("%s", (_name, bytes, expected) => {
  expect(detectFormat(bytes)).toBe(expected);
});
