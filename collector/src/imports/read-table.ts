import { CsvError, parse } from "csv-parse/sync";
import type { BadLine } from "./bad-line.ts";
import { decodeText } from "./decode-text.ts";

/** One record with the columns by name; a column that is absent or empty reads as "". */
export interface TableRow<Column extends string> {
  line: number;
  cells: Record<Column, string>;
}

interface Columns<Column extends string> {
  required: readonly Column[];
  optional: readonly Column[];
}

export interface RawRecord {
  record: string[];
  info: { lines: number };
}

/** How a table is written where it isn't CSV as of RFC 4180. */
interface Dialect {
  delimiter?: string;
  /** False: quotes are text. */
  quote?: false;
  /** False: blanks around values are kept. */
  trim?: boolean;
  /** Takes away records that are no rows, such as a program's last words; the header is among them. */
  withoutRemarks?: (records: RawRecord[]) => RawRecord[];
}

interface Table<Column extends string> {
  rows: TableRow<Column>[];
  bad: BadLine[];
}

/**
 * Reads a CSV file (RFC 4180) whose first line names its columns, in any order. Rows that can't be read and a header
 * that isn't as expected are bad lines; the rows themselves are for the caller to check.
 */
export function readTable<Column extends string>(bytes: Uint8Array, columns: Columns<Column>): Table<Column> {
  const text = decodeText(bytes);
  if (text === undefined) return { rows: [], bad: [{ line: 1, value: "", reason: "expected UTF-8 or CP949 text" }] };
  return readTextTable(text, columns);
}

/** The same of text, also of tables that are not quite CSV. */
export function readTextTable<Column extends string>(
  text: string,
  columns: Columns<Column>,
  { withoutRemarks = (records) => records, ...dialect }: Dialect = {},
): Table<Column> {
  const { records: all, bad } = readRecords(text, dialect);
  const records = withoutRemarks(all);
  const [header, ...body] = records;
  const names = header?.record.map((name) => name.toLowerCase()) ?? [];
  const headerProblems = checkHeader(names, header?.info.lines ?? 1, columns);
  if (headerProblems.length > 0) return { rows: [], bad: [...headerProblems, ...bad] };
  const rows: TableRow<Column>[] = [];
  for (const { record, info } of body) {
    if (record.length > names.length) {
      const value = record.slice(names.length).join(",");
      bad.push({ line: info.lines, value, reason: `expected at most ${names.length} columns, got ${record.length}` });
    } else {
      const all = [...columns.required, ...columns.optional];
      const cells = Object.fromEntries(all.map((name) => [name, record[names.indexOf(name)] ?? ""]));
      rows.push({ line: info.lines, cells: cells as Record<Column, string> });
    }
  }
  return { rows, bad };
}

function readRecords(text: string, dialect: Omit<Dialect, "withoutRemarks">): { records: RawRecord[]; bad: BadLine[] } {
  const bad: BadLine[] = [];
  const options = { info: true, relax_column_count: true, skip_empty_lines: true, trim: true, ...dialect };
  const note = (error: unknown, raw?: string): undefined => {
    if (!(error instanceof CsvError)) throw error;
    const line = typeof error["lines"] === "number" ? error["lines"] : 1;
    bad.push({ line, value: (raw ?? "").slice(0, 60), reason: REASONS[error.code] ?? error.message });
  };
  try {
    const records: unknown = parse(text, { ...options, skip_records_with_error: true, on_skip: note });
    return { records: records as RawRecord[], bad };
  } catch (error) {
    note(error);
    return { records: [], bad };
  }
}

const REASONS: Record<string, string> = {
  CSV_QUOTE_NOT_CLOSED: "a quote is opened and never closed",
  INVALID_OPENING_QUOTE: "a quote stands inside a value that does not begin with one",
  CSV_INVALID_CLOSING_QUOTE: "text follows a closing quote",
};

function checkHeader<Column extends string>(
  names: readonly string[],
  line: number,
  { required, optional }: Columns<Column>,
): BadLine[] {
  const known: readonly string[] = [...required, ...optional];
  const bad: BadLine[] = [];
  for (const [index, name] of names.entries()) {
    if (!known.includes(name)) {
      bad.push({ line, column: name, value: name, reason: `unknown column; expected ${known.join(", ")}` });
    } else if (names.indexOf(name) !== index) {
      bad.push({ line, column: name, value: name, reason: "the column stands twice" });
    }
  }
  for (const name of required) {
    if (!names.includes(name)) bad.push({ line, column: name, value: "", reason: `the column ${name} is missing` });
  }
  return bad;
}
