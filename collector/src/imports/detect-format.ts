import { LINK_COLUMNS } from "../linked-servers/columns.ts";
import { decodeTable } from "./decode-table.ts";
import { decodeText } from "./decode-text.ts";

/** Enough for any header line. */
const LOOKED_AT_BYTES = 4096;

const OPENING_BRACE = 0x7b;
const NEWLINE = 0x0a;
/** White space, and the three bytes of a UTF-8 mark. */
const BLANKS = new Set([0x20, 0x09, 0x0d, NEWLINE, 0xef, 0xbb, 0xbf]);

/** RFC 1952, section 2.3.1. */
export function isGzip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b;
}

const FLOW_COLUMNS = ["client", "server", "protocol", "port"];

/** Names in the first line that isn't empty, lower case, as cells of CSV or of a table with tabs. */
function namesIn(text: string | undefined): Set<string> {
  const header = text?.trimStart().split("\n", 1)[0]?.toLowerCase() ?? "";
  return new Set(header.split(/[,\t]/).map((name) => name.trim().replace(/^"(.*)"$/, "$1")));
}

/** What a file holds, by its first bytes; undefined when it looks like nothing that is known. */
export function detectFormat(bytes: Uint8Array): "report" | "flows-csv" | "linked-servers" | undefined {
  if (isGzip(bytes)) return "report";
  const start = bytes.findIndex((byte) => !BLANKS.has(byte));
  if (bytes[start] === OPENING_BRACE) return "report";
  const newline = bytes.indexOf(NEWLINE, start);
  const line = bytes.subarray(0, Math.min(newline < 0 ? bytes.length : newline, LOOKED_AT_BYTES));
  const names = namesIn(decodeText(line) ?? decodeTable(bytes.subarray(0, LOOKED_AT_BYTES)));
  if (FLOW_COLUMNS.every((name) => names.has(name))) return "flows-csv";
  return LINK_COLUMNS.every((name) => names.has(name)) ? "linked-servers" : undefined;
}
