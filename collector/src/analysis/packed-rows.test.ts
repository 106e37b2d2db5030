import { expect, test } from "vitest";
import { packRows, rowReader } from "./packed-rows.ts";

interface Row {
  id: string;
  name?: string;
  count?: number;
  isSure?: boolean;
  days: string[];
}

/** Synthetic. */
const rows: Row[] = [
  { id: "d01", name: "서울", count: 0, days: [] },
  { id: "d02", isSure: false, days: ["2026-11-20", "2026-11-21"] },
  { id: "d03", name: "", count: 1.5e15, isSure: true, days: ["2026-11-20", "2026-11-21"] },
];

test("every row comes back as it was, also in another thread", () => {
  const reader = rowReader<Row>(structuredClone(packRows(rows)));
  expect(reader.all()).toStrictEqual(rows);
  expect(reader.at(1)).toStrictEqual(rows[1]);
});

test("no row at all is no row", () => {
  expect(rowReader(packRows([])).all()).toEqual([]);
});

test("what rows share is one object, which nobody can change for the others", () => {
  const [, second, third] = rowReader<Row>(packRows(rows)).all();
  expect(second?.days).toBe(third?.days);
  expect(() => second?.days.push("2026-11-22")).toThrow(TypeError);
});

test("the columns lie in memory that threads share", () => {
  for (const column of Object.values(packRows(rows).columns)) {
    const { buffer } = column.kind === "number" ? column.values : column.kind === "id" ? column.bytes : column.numbers;
    expect(buffer).toBeInstanceOf(SharedArrayBuffer);
  }
});

test("a row that does not fit the others is an error and never another row", () => {
  expect(() => packRows([rows[0]!, { id: "d0000" }])).toThrow("d0000 is not 3 characters");
  expect(() => packRows([rows[0]!, { id: "d04", count: "many" } as { id: string }])).toThrow('"many"');
});
