import { setImmediate } from "node:timers/promises";
import { PaperSize } from "@cj-tech-master/excelts";
import type { AddWorksheetOptions, Row, Style, WorkbookWriter, WorksheetWriter } from "@cj-tech-master/excelts";
import { rowHeight, widestLine } from "./layout.ts";
import { STYLES } from "./styles.ts";

/** A3 in the numbering of ECMA-376; the library's list leaves it out. */
const A3: number = 8;

/** A table wider than this is readable on A3 only. */
const WIDEST_ON_A4 = 200;

/** So many items decide how wide the columns are. */
const ITEMS_MEASURED = 500;

/** Rows of an XLSX sheet, without the header's. */
const MOST_ROWS = 1_048_575;

/** Rows written between two breaths, in which a slow stream can take what was written. */
const ROWS_PER_BREATH = 2_000;

/** Time is a Date in UTC: a cell has no time zone, the column's header names it. */
export type CellContent = string | number | Date | undefined;

/** The kind decides how a cell is typed and looks. */
export interface Column<Item> {
  header: string;
  /** In characters; the column grows with its content up to `widest`. */
  width: number;
  widest?: number;
  kind: "text" | "integer" | "number" | "time";
  content: (item: Item, index: number) => CellContent;
}

/** Adds a sheet that prints in landscape, as wide as the page, with its name and the page's number below. */
export function addSheet(
  workbook: WorkbookWriter,
  name: string,
  widths: readonly number[],
  options: { frozenRows: number; frozenColumns?: number; autoFilter?: AddWorksheetOptions["autoFilter"] },
): WorksheetWriter {
  const { frozenRows, frozenColumns = 0, autoFilter } = options;
  const sheet = workbook.addWorksheet(name, {
    pageSetup: {
      orientation: "landscape",
      paperSize: widths.reduce((sum, width) => sum + width, 0) > WIDEST_ON_A4 ? A3 : PaperSize.A4,
      fitToPage: true,
      fitToWidth: 1,
      fitToHeight: 0,
      margins: { left: 0.4, right: 0.4, top: 0.5, bottom: 0.6, header: 0.3, footer: 0.3 },
      ...(frozenRows > 0 && { printTitlesRow: `1:${frozenRows}` }),
    },
    headerFooter: { oddFooter: "&LPortolan&C&A&RPage &P of &N" },
    views:
      frozenRows > 0 || frozenColumns > 0
        ? [{ state: "frozen", ySplit: frozenRows, xSplit: frozenColumns }]
        : [{ state: "normal", style: "pageLayout", showGridLines: false }],
    ...(autoFilter !== undefined && { autoFilter }),
  });
  sheet.columns = widths.map((width) => ({ width }));
  return sheet;
}

/** Writes a cell: a string stays a string (never a formula), undefined leaves it empty. */
export function setCell(row: Row, column: number, content: CellContent, style: Partial<Style>): void {
  const cell = row.getCell(column);
  if (content !== undefined && content !== "") cell.value = content;
  cell.style = style;
}

/** As wide as the first items need, within the column's bounds. */
function fittedWidth<Item>(column: Column<Item>, items: readonly Item[]): number {
  const { width, widest = width } = column;
  let fitted = width;
  for (let index = 0; index < Math.min(items.length, ITEMS_MEASURED) && fitted < widest; index++) {
    const item = items[index];
    const content = item === undefined ? undefined : column.content(item, index);
    if (typeof content === "string") fitted = Math.max(fitted, widestLine(content) + 4);
  }
  return Math.min(fitted, widest);
}

/**
 * Writes a table: header frozen and filtered, a row an item, row by row to the stream. What exceeds the rows of a
 * sheet goes on in "name 2", "name 3".
 */
export async function addTable<Item>(
  workbook: WorkbookWriter,
  name: string,
  columns: readonly Column<Item>[],
  items: readonly Item[],
  { frozenColumns = 0, mostRows = MOST_ROWS }: { frozenColumns?: number; mostRows?: number } = {},
): Promise<void> {
  const widths = columns.map((column) => fittedWidth(column, items));
  const sheets = Math.max(1, Math.ceil(items.length / mostRows));
  for (let number = 0; number < sheets; number++) {
    const first = number * mostRows;
    const last = Math.min(items.length, first + mostRows);
    const sheet = addSheet(workbook, number === 0 ? name : `${name} ${number + 1}`, widths, {
      frozenRows: 1,
      frozenColumns,
      autoFilter: { from: { row: 1, col: 1 }, to: { row: Math.max(2, last - first + 1), col: columns.length } },
    });
    const header = sheet.getRow(1);
    columns.forEach((column, index) => setCell(header, index + 1, column.header, STYLES.header));
    header.height = 30;
    header.commit();
    if (items.length === 0) {
      // An empty table could be one that failed: say that there is nothing.
      const row = sheet.getRow(2);
      setCell(row, 1, "none", STYLES.text);
      row.commit();
    }
    for (let index = first; index < last; index++) {
      const item = items[index];
      if (item === undefined) break;
      const row = sheet.getRow(index - first + 2);
      const texts: { text: string; columnWidth: number }[] = [];
      for (const [at, column] of columns.entries()) {
        const content = column.content(item, index);
        if (typeof content === "string") texts.push({ text: content, columnWidth: widths[at] ?? column.width });
        setCell(row, at + 1, content, STYLES[column.kind]);
      }
      row.height = rowHeight(texts);
      row.commit();
      if (index % ROWS_PER_BREATH === 0) await setImmediate();
    }
    sheet.commit();
  }
}
