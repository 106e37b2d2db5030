import { wideText } from "../../windows/win32.ts";

// Parsers of the structures in which Windows tells of load (netioapi.h, winioctl.h, minwinbase.h).

/** An interface of the network stack, as GetIfTable2 tells of it. */
export interface InterfaceRow {
  name: string;
  isLoopback: boolean;
  /** It is a card, and not made of others. */
  isHardware: boolean;
  /** A filter in front of another one, whose bytes it counts again. */
  isFilter: boolean;
  bytesIn: number;
  bytesOut: number;
}

/** MIB_IF_TABLE2 with 64 bits: a number of rows, padding, rows. */
const TABLE_HEADER_BYTES = 8;
export const ROW_BYTES = 1352;
const ROW = { alias: 28, aliasBytes: 514, type: 1128, flags: 1152, bytesIn: 1208, bytesOut: 1280 };
const TYPE_LOOPBACK = 24;
const FLAG = { hardware: 0x1, filter: 0x2 };
/** DISK_PERFORMANCE. */
export const DISK_PERFORMANCE_BYTES = 88;
const WRITTEN_AT = 8;

/** The interfaces of a MIB_IF_TABLE2; `lost` counts rows that are announced and not there. */
export function parseInterfaceTable(bytes: Buffer): { rows: InterfaceRow[]; lost: number } {
  const told = bytes.length < TABLE_HEADER_BYTES ? 0 : bytes.readUInt32LE(0);
  const there = Math.min(told, Math.max(0, Math.floor((bytes.length - TABLE_HEADER_BYTES) / ROW_BYTES)));
  const rows = Array.from({ length: there }, (_, index) => {
    const at = TABLE_HEADER_BYTES + index * ROW_BYTES;
    return rowOf(bytes.subarray(at, at + ROW_BYTES));
  });
  return { rows, lost: told - there };
}

function rowOf(row: Buffer): InterfaceRow {
  const flags = row.readUInt8(ROW.flags);
  return {
    name: wideText(row.subarray(ROW.alias, ROW.alias + ROW.aliasBytes)).toWellFormed(),
    isLoopback: row.readUInt32LE(ROW.type) === TYPE_LOOPBACK,
    isHardware: (flags & FLAG.hardware) !== 0,
    isFilter: (flags & FLAG.filter) !== 0,
    bytesIn: Number(row.readBigUInt64LE(ROW.bytesIn)),
    bytesOut: Number(row.readBigUInt64LE(ROW.bytesOut)),
  };
}

/**
 * Time of all processors together, in tenths of a microsecond: busy is what is not idle. The kernel's time includes the
 * idle one (GetSystemTimes).
 */
export function parseSystemTimes(idle: Buffer, kernel: Buffer, user: Buffer): { busy: number; total: number } {
  const [idleTime, kernelTime, userTime] = [idle, kernel, user].map((time) => Number(time.readBigUInt64LE(0)));
  const total = (kernelTime ?? 0) + (userTime ?? 0);
  return { busy: Math.max(0, total - (idleTime ?? 0)), total };
}

/** Bytes written to a volume since it was started; undefined where the answer is too short. */
export function parseBytesWritten(performance: Buffer): number | undefined {
  return performance.length < DISK_PERFORMANCE_BYTES ? undefined : Number(performance.readBigUInt64LE(WRITTEN_AT));
}
