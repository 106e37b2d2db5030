import { PassThrough } from "node:stream";
import { buffer } from "node:stream/consumers";
import { Workbook, WorkbookWriter } from "@cj-tech-master/excelts";
import { expect, test } from "vitest";
import { addTable } from "./sheet.ts";
import type { Column } from "./sheet.ts";

const COLUMNS: readonly Column<string>[] = [
  { header: "No", width: 6, kind: "number", content: (_item, index) => index + 1 },
  { header: "Text", width: 10, widest: 20, kind: "text", content: (item) => item },
];

async function written(items: readonly string[], mostRows?: number) {
  const stream = new PassThrough();
  const writer = new WorkbookWriter({ stream, useStyles: true });
  await addTable(writer, "Synthetic", COLUMNS, items, mostRows === undefined ? {} : { mostRows });
  const [bytes] = await Promise.all([buffer(stream), writer.commit()]);
  const workbook = new Workbook();
  await workbook.xlsx.load(bytes);
  return workbook;
}

test("what exceeds a sheet goes on in the next, with its header and running numbers", async () => {
  const workbook = await written(["a", "b", "c", "d", "e"], 2);
  expect(workbook.worksheets.map((sheet) => sheet.name)).toEqual(["Synthetic", "Synthetic 2", "Synthetic 3"]);
  const last = workbook.getWorksheet("Synthetic 3");
  expect(last?.getCell("B1").value).toBe("Text");
  expect(last?.getCell("A2").value).toBe(5);
  expect(last?.getCell("B2").value).toBe("e");
  expect(last?.rowCount).toBe(2);
});

test("a row is as high as its lines, a column as wide as its texts, both within bounds", async () => {
  const sheet = (await written(["one", "one\ntwo\nthree", "가".repeat(60), "x\n".repeat(500)])).getWorksheet(
    "Synthetic",
  );
  const [one = 0, three = 0, wrapped = 0, highest = 0] = [2, 3, 4, 5].map((number) => sheet?.getRow(number).height);
  expect(three - one).toBe(26);
  // Sixty letters of double width in a column of twenty.
  expect(wrapped).toBeGreaterThanOrEqual(6 * 13);
  expect(highest).toBe(409);
  expect(sheet?.getColumn(2).width).toBe(20);
});
