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

/** What a file holds, by its first bytes; undefined when it looks like nothing that is known. */
export function detectFormat(bytes: Uint8Array): "report" | "flows-csv" | undefined {
  if (isGzip(bytes)) return "report";
  const start = bytes.findIndex((byte) => !BLANKS.has(byte));
  if (bytes[start] === OPENING_BRACE) return "report";
  const newline = bytes.indexOf(NEWLINE, start);
  const header = decodeText(bytes.subarray(0, Math.min(newline < 0 ? bytes.length : newline, LOOKED_AT_BYTES)));
  const names = header?.toLowerCase().split(",") ?? [];
  const columns = new Set(names.map((name) => name.trim().replace(/^"(.*)"$/, "$1")));
  return ["client", "server", "protocol", "port"].every((name) => columns.has(name)) ? "flows-csv" : undefined;
}
