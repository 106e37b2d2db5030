import { printable } from "./text.ts";

/** Undefined is written as an empty field. */
export type CsvValue = string | number | boolean | undefined;

const BYTE_ORDER_MARK = "\uFEFF";

/**
 * What a spreadsheet would run as a formula when it opens the file. A leading apostrophe makes it text; see OWASP,
 * "CSV Injection".
 */
const FORMULA_START = /^[=+\-@\t\r\n]/;

function field(value: CsvValue): string {
  if (value === undefined) return "";
  if (typeof value !== "string") return String(value);
  const clean = printable(value);
  const text = FORMULA_START.test(clean) ? `'${clean}` : clean;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/**
 * CSV by RFC 4180, a line at a time: CRLF, quotes only where needed, and a byte order mark in the first chunk, so that
 * Excel reads UTF-8. Text that begins like a formula gets a leading apostrophe, and what no sheet can hold becomes
 * U+FFFD, as there; numbers stay numbers, also negative ones.
 */
export function* csv(header: readonly string[], rows: Iterable<readonly CsvValue[]>): Generator<string> {
  yield `${BYTE_ORDER_MARK}${header.map(field).join(",")}\r\n`;
  for (const row of rows) yield `${row.map(field).join(",")}\r\n`;
}
