import { wideText } from "../../windows/win32.ts";

/** What a program's file says about itself. */
export interface FileVersion {
  /** Four numbers with dots. */
  version?: string;
  productName?: string;
}

/** VS_FIXEDFILEINFO (verrsrc.h): its first number, and where the file's version stands behind it. */
const SIGNATURE = Buffer.from([0xbd, 0x04, 0xef, 0xfe]);
const VERSION_HIGH = 8;
const VERSION_LOW = 12;
const PRODUCT_NAME = Buffer.from("ProductName\0", "utf16le");
const LONGEST_TEXT = 255;

/** The version resource of a file, as GetFileVersionInfoW gives it. */
export function parseVersionInfo(bytes: Buffer): FileVersion {
  const fixed = bytes.indexOf(SIGNATURE);
  const found: FileVersion = {};
  if (fixed >= 0 && fixed + VERSION_LOW + 4 <= bytes.length) {
    const upper = [2, 0].map((half) => bytes.readUInt16LE(fixed + VERSION_HIGH + half));
    const lower = [2, 0].map((half) => bytes.readUInt16LE(fixed + VERSION_LOW + half));
    found.version = [...upper, ...lower].join(".");
  }
  const productName = textAfter(bytes, PRODUCT_NAME);
  if (productName !== undefined) found.productName = productName;
  return found;
}

/** A String of the StringFileInfo: its value begins at the next multiple of four bytes behind the key. */
function textAfter(bytes: Buffer, key: Buffer): string | undefined {
  const at = bytes.indexOf(key);
  if (at < 0) return undefined;
  const start = (at + key.length + 3) & ~3;
  const text = wideText(bytes.subarray(start, start + 2 * LONGEST_TEXT))
    .toWellFormed()
    .trim();
  return text === "" ? undefined : text;
}
