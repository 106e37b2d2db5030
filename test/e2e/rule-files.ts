import { readFileSync } from "node:fs";
import { Workbook } from "@cj-tech-master/excelts";
import { parse } from "csv-parse/sync";
import type { FirewallAnswer } from "./answers.ts";

type Rules = FirewallAnswer["rules"];

/** The texts of a sheet's cells, row by row. */
export async function cellsOfXlsx(file: string, sheetName: string): Promise<string[][]> {
  const workbook = new Workbook();
  await workbook.xlsx.readFile(file);
  const sheet = workbook.getWorksheet(sheetName);
  if (sheet === undefined) {
    throw new TypeError(`no sheet "${sheetName}" among ${workbook.worksheets.map(({ name }) => name).join(", ")}`);
  }
  return Array.from({ length: sheet.rowCount }, (_, row) =>
    Array.from({ length: sheet.columnCount }, (_cell, column) => sheet.getRow(row + 1).getCell(column + 1).text),
  );
}

/** The rules as the file's cells give them to a person, read back: zones, addresses and services of every row. */
export async function rulesOfXlsx(file: string): Promise<Rules> {
  const rows = await cellsOfXlsx(file, "Rules");
  const start = rows.findIndex((cells) => cells.includes("Source address"));
  const header = rows[start] ?? [];
  return rows.slice(start + 1).map((cells) => {
    const cell = (name: string) => cells[header.indexOf(name)] ?? "";
    return ruleOfCells({
      sourceZone: cell("Source zone"),
      destinationZone: cell("Destination zone"),
      sources: cell("Source address"),
      destinations: cell("Destination address"),
      services: cell("Service"),
    });
  });
}

/** The same of the CSV file. */
export function rulesOfCsv(file: string): Rules {
  const rows = parse<Record<string, string>>(readFileSync(file), { bom: true, columns: true });
  return rows.map((row) =>
    ruleOfCells({
      sourceZone: row["source_zone"] ?? "",
      destinationZone: row["destination_zone"] ?? "",
      sources: row["source_addresses"] ?? "",
      destinations: row["destination_addresses"] ?? "",
      services: row["services"] ?? "",
    }),
  );
}

function ruleOfCells(
  cells: Record<"sourceZone" | "destinationZone" | "sources" | "destinations" | "services", string>,
) {
  return {
    sourceZone: cells.sourceZone,
    destinationZone: cells.destinationZone,
    sources: endsOf(cells.sources),
    destinations: endsOf(cells.destinations),
    services: servicesOf(cells.services),
    overPermission: 0,
  };
}

function endsOf(cell: string) {
  const addresses = cell.split(/[\s,;]+/).filter((address) => address !== "");
  return [{ name: "", addresses: addresses.map((address) => (address.includes("/") ? address : `${address}/32`)) }];
}

/** Finds every "tcp/443" or "tcp/8080-8090" of the cell, whatever else the cell says of the service. */
function servicesOf(cell: string) {
  return [...cell.matchAll(/\b(tcp|udp)\/(\d+)(?:-(\d+))?/gi)].map(([, protocol = "", from = "", to = from]) => ({
    protocol: protocol.toLowerCase(),
    fromPort: Number(from),
    toPort: Number(to),
  }));
}
