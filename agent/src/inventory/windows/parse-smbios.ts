import { smbiosUuid } from "../facts.ts";

/** What the firmware says about the machine; texts as the vendor wrote them. */
export interface Firmware {
  /** Lower case; absent where the vendor set none. */
  uuid?: string;
  manufacturer?: string;
  product?: string;
  biosVendor?: string;
}

/** RawSMBIOSData of GetSystemFirmwareTable: calling method, major, minor, revision, length, table. */
const HEADER_BYTES = 8;
const TYPE = { bios: 0, system: 1, end: 127 };
const STRUCTURE_HEADER_BYTES = 4;
const UUID_AT = 8;
/** From 2.6 on the first three fields of the UUID are in little endian (DSP0134, 7.2.1). */
const LITTLE_ENDIAN_SINCE = 0x0206;

/** What the SMBIOS table says (DMTF DSP0134); a table that is cut says what stands before the cut. */
export function parseSmbios(bytes: Buffer): Firmware {
  const firmware: Firmware = {};
  if (bytes.length < HEADER_BYTES) return firmware;
  const version = (bytes.readUInt8(1) << 8) | bytes.readUInt8(2);
  const table = bytes.subarray(HEADER_BYTES, HEADER_BYTES + bytes.readUInt32LE(4));
  let at = 0;
  while (at + STRUCTURE_HEADER_BYTES <= table.length) {
    const [type, length] = [table.readUInt8(at), table.readUInt8(at + 1)];
    if (length < STRUCTURE_HEADER_BYTES || type === TYPE.end) break;
    const formatted = table.subarray(at, at + length);
    const { strings, end } = stringsFrom(table, at + length);
    const text = (offset: number) => strings[(formatted[offset] ?? 0) - 1]?.trim() || undefined;
    const [first, second] = [text(4), text(5)];
    if (type === TYPE.bios && first !== undefined) firmware.biosVendor ??= first;
    if (type === TYPE.system) {
      const uuid = uuidOf(formatted.subarray(UUID_AT, UUID_AT + 16), version);
      if (first !== undefined) firmware.manufacturer ??= first;
      if (second !== undefined) firmware.product ??= second;
      if (uuid !== undefined) firmware.uuid ??= uuid;
    }
    at = end;
  }
  return firmware;
}

/** The texts behind a structure, each with a NUL and all with another one. */
function stringsFrom(table: Buffer, start: number): { strings: string[]; end: number } {
  const strings: string[] = [];
  let at = start;
  while (at < table.length && table[at] !== 0) {
    const nul = table.indexOf(0, at);
    const end = nul < 0 ? table.length : nul;
    strings.push(table.toString("latin1", at, end));
    at = end + 1;
  }
  return { strings, end: strings.length === 0 ? at + 2 : at + 1 };
}

function uuidOf(bytes: Buffer, version: number): string | undefined {
  if (bytes.length < 16) return undefined;
  const ordered = Buffer.from(bytes);
  if (version >= LITTLE_ENDIAN_SINCE) {
    ordered.subarray(0, 4).swap32();
    ordered.subarray(4, 8).swap16();
  }
  const hex = ordered.toString("hex");
  return smbiosUuid([hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-"));
}
