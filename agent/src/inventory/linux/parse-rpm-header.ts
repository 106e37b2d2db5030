import type { Package } from "./parse-dpkg-status.ts";

/** Tags of an rpm header (rpmtag.h) and the type of a text. */
const TAG = { name: 1000, version: 1001, release: 1002 };
const TYPE_STRING = 6;
const ENTRY_BYTES = 16;
const LENGTHS_BYTES = 8;

/**
 * Name and version in an rpm header as the package database keeps it: the number of entries, the bytes of data, entries of
 * (tag, type, offset, count) and the data, in big endian (rpm's manual, "Package format", Header).
 *
 * @returns undefined where it is no such header
 */
export function parseRpmHeader(bytes: Buffer): Package | undefined {
  if (bytes.length < LENGTHS_BYTES) return undefined;
  const entries = bytes.readUInt32BE(0);
  const data = LENGTHS_BYTES + entries * ENTRY_BYTES;
  if (data > bytes.length) return undefined;
  const texts = new Map<number, string>();
  for (let at = LENGTHS_BYTES; at < data; at += ENTRY_BYTES) {
    const [tag, type] = [bytes.readUInt32BE(at), bytes.readUInt32BE(at + 4)];
    if (type !== TYPE_STRING || tag < TAG.name || tag > TAG.release) continue;
    const start = data + bytes.readUInt32BE(at + 8);
    const end = start < bytes.length ? bytes.indexOf(0, start) : -1;
    if (end > start) texts.set(tag, bytes.toString("utf8", start, end));
  }
  const [name, version, release] = [texts.get(TAG.name), texts.get(TAG.version), texts.get(TAG.release)];
  if (name === undefined || version === undefined) return undefined;
  return { name, version: release === undefined ? version : `${version}-${release}` };
}
