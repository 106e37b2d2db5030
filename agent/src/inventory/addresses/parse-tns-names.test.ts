import { expect, test } from "vitest";
import { parseTnsNames } from "./parse-tns-names.ts";

test("each alias with its addresses, in any layout; nothing else of the file", () => {
  const text = [
    "# ORDERS = (DESCRIPTION = (ADDRESS = (HOST = no)))",
    "PAY, PAY.WORLD =",
    "  (DESCRIPTION =",
    "    (ADDRESS_LIST =",
    "      (ADDRESS = (PROTOCOL = TCP)(HOST = db1.corp.example)(PORT = 1521))",
    "      (ADDRESS = (PORT = 1522) (HOST = 10.1.1.7) (PROTOCOL = TCP)))",
    "    (CONNECT_DATA = (SERVICE_NAME = hush)(USER = hush)))",
    "IPC=(DESCRIPTION=(ADDRESS=(PROTOCOL=IPC)(KEY=hush)))",
    "six=(description=(address=(protocol=tcp)(host=fd00::1)(port=1521))(connect_data=(sid=hush)))",
    "CUT = (DESCRIPTION = (ADDRESS = (HOST = db9)",
  ].join("\n");
  const found = parseTnsNames(text);
  expect(found).toEqual([
    { alias: "PAY,PAY.WORLD", server: "db1.corp.example:1521" },
    { alias: "PAY,PAY.WORLD", server: "10.1.1.7:1522" },
    { alias: "six", server: "[fd00::1]:1521" },
  ]);
  expect(JSON.stringify(found)).not.toContain("hush");
});

test.each([
  "",
  "(((",
  ")))",
  "=(ADDRESS=(HOST=x))",
  `${"(".repeat(100_000)}`,
  "a = (ADDRESS=(HOST=scott/hush@db1)(PORT=1))",
])("no address stands in %.20j", (text) => {
  expect(parseTnsNames(text)).toEqual([]);
});
