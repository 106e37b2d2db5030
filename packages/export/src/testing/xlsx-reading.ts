import { PassThrough } from "node:stream";
import { buffer } from "node:stream/consumers";
import { Workbook } from "@cj-tech-master/excelts";
import type { Cell } from "@cj-tech-master/excelts";
import { unzip } from "@cj-tech-master/excelts/archive";
import type { FirewallDocument } from "../firewall-document.ts";
import { writeFirewallXlsx } from "../firewall-xlsx.ts";

/** Writes the document to memory. */
export async function xlsxBytes(document: FirewallDocument): Promise<Uint8Array> {
  const stream = new PassThrough();
  const [bytes] = await Promise.all([buffer(stream), writeFirewallXlsx(document, stream)]);
  return bytes;
}

/** The XML parts of the file, by path. */
export async function xlsxParts(bytes: Uint8Array): Promise<Map<string, string>> {
  const parts = new Map<string, string>();
  for await (const entry of unzip(bytes).entries()) parts.set(entry.path, await entry.text());
  return parts;
}

/** Reads the file as a spreadsheet program would: sheets by name, each a list of rows of cell values. */
export async function xlsxSheets(bytes: Uint8Array): Promise<Map<string, Cell["value"][][]>> {
  const workbook = new Workbook();
  await workbook.xlsx.load(bytes);
  return new Map(
    workbook.worksheets.map((sheet) => {
      const rows: Cell["value"][][] = [];
      for (let number = 1; number <= sheet.rowCount; number++) {
        const row = sheet.getRow(number);
        rows.push(Array.from({ length: sheet.columnCount }, (_unused, index) => row.getCell(index + 1).value));
      }
      return [sheet.name, rows];
    }),
  );
}
