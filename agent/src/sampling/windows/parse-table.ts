import { createAddressTexts } from "../address-text.ts";
import type { Observation } from "../sampler.ts";

/** A socket and the process that holds it; 0 where the kernel names none (TIME_WAIT). */
export interface OwnedRow {
  observation: Observation;
  pid: number;
}

export interface ParsedTable {
  rows: OwnedRow[];
  /** Rows that made no sense, or that the table announced and did not hold. */
  lost: number;
}

/** Each table begins with the number of its rows, a DWORD. */
export function rowsWithin(bytes: Buffer, rowSize: number): { count: number; lost: number } {
  if (bytes.length < 4) return { count: 0, lost: 0 };
  const announced = bytes.readUInt32LE(0);
  const count = Math.min(announced, Math.floor((bytes.length - 4) / rowSize));
  return { count, lost: announced - count };
}

/** A port is the lower half of a DWORD, in network order; the upper half holds anything (tcpmib.h). */
export function portOf(bytes: Buffer, at: number): number {
  return bytes.readUInt16BE(at);
}

/** Addresses of a table, by where their bytes begin; IPv4-mapped ones come out as IPv4. Meant to live for one table. */
export function addressesIn(bytes: Buffer, family: 4 | 6): (at: number) => string {
  const { ipv4, ipv6 } = createAddressTexts();
  if (family === 4) return (at) => ipv4(bytes.readUInt32LE(at));
  return (at) =>
    ipv6(bytes.readUInt32LE(at), bytes.readUInt32LE(at + 4), bytes.readUInt32LE(at + 8), bytes.readUInt32LE(at + 12));
}

/** The remote end of a socket that has none. */
export function unspecified(localAddress: string): string {
  return localAddress.includes(":") ? "::" : "0.0.0.0";
}
