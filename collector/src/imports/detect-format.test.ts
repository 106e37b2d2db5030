import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { detectFormat } from "./detect-format.ts";

test.each([
  ["a report", Buffer.from('  {"protocolVersion":1}'), "report"],
  ["a long line of reports", Buffer.from(`{"a":"${"가".repeat(5000)}"}\n{}`), "report"],
  ["a packed file", gzipSync("{}"), "report"],
  ["a marked flows.csv", Buffer.from('\uFEFFserver,"client",Protocol,port\n'), "flows-csv"],
  ["another table", Buffer.from("zone,cidr\n"), undefined],
  ["nothing", Buffer.from(""), undefined],
])("%s", (_name, bytes, expected) => {
  expect(detectFormat(bytes)).toBe(expected);
});
