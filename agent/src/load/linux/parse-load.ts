// Parsers of the kernel's files about load (proc(5), Documentation/admin-guide/iostats.rst).

import { unescapeOctal } from "../../parse-octal.ts";

/** What a file says, and how many of its lines made no sense. */
interface Parsed<Row> {
  rows: Row[];
  lost: number;
}

const SECTOR_BYTES = 512;
const COUNTER = /^\d{1,20}$/;

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("utf8");
}

function rowsOf<Row>(lines: readonly string[], parse: (line: string) => Row | undefined): Parsed<Row> {
  const filled = lines.filter((line) => line.trim() !== "");
  const rows = filled.map(parse).filter((row) => row !== undefined);
  return { rows, lost: filled.length - rows.length };
}

/**
 * Ticks of all cores by the first line of /proc/stat: busy is neither idle nor waiting for a disk. Time that a hypervisor
 * gave to others counts as busy: it was asked for. Guests' time is within the user's.
 */
export function parseCpuTicks(bytes: Uint8Array): { busy: number; total: number } | undefined {
  const [name, ...fields] = (textOf(bytes.subarray(0, 512)).split("\n", 1)[0] ?? "").trim().split(/ +/);
  const ticks = fields.slice(0, 8);
  if (name !== "cpu" || ticks.length < 4 || !ticks.every((field) => COUNTER.test(field))) return undefined;
  const total = ticks.reduce((sum, field) => sum + Number(field), 0);
  return { busy: total - Number(ticks[3]) - Number(ticks[4] ?? 0), total };
}

/** Bytes that programs could not have for the asking, by /proc/meminfo. */
export function parseMemoryUsed(bytes: Uint8Array): number | undefined {
  const text = textOf(bytes);
  const kilobytes = (key: string) => new RegExp(`^${key}: +(\\d{1,15}) kB$`, "m").exec(text)?.[1];
  const [total, available] = [kilobytes("MemTotal"), kilobytes("MemAvailable")];
  return total === undefined || available === undefined
    ? undefined
    : Math.max(0, Number(total) - Number(available)) * 1024;
}

/** Bytes through each interface, by /proc/net/dev; its first two lines are a heading. */
export function parseInterfaces(bytes: Uint8Array): Parsed<{ name: string; bytesIn: number; bytesOut: number }> {
  return rowsOf(textOf(bytes).split("\n").slice(2), (line) => {
    const colon = line.lastIndexOf(":");
    const name = line.slice(0, colon).trim();
    const fields = line
      .slice(colon + 1)
      .trim()
      .split(/ +/);
    const [bytesIn, bytesOut] = [fields[0] ?? "", fields[8] ?? ""];
    if (colon < 1 || name === "" || !COUNTER.test(bytesIn) || !COUNTER.test(bytesOut)) return undefined;
    return { name, bytesIn: Number(bytesIn), bytesOut: Number(bytesOut) };
  });
}

/** Bytes written to each device, by /proc/diskstats. */
export function parseDiskWrites(bytes: Uint8Array): Parsed<{ device: string; written: number }> {
  return rowsOf(textOf(bytes).split("\n"), (line) => {
    const fields = line.trim().split(/ +/);
    const [major, minor, sectors] = [fields[0] ?? "", fields[1] ?? "", fields[9] ?? ""];
    if (![major, minor, sectors].every((field) => COUNTER.test(field))) return undefined;
    return { device: `${major}:${minor}`, written: Number(sectors) * SECTOR_BYTES };
  });
}

export interface Mount {
  /** Number of the device, such as 8:1; of a file system over several it is none of theirs. */
  device: string;
  /** What of the file system is mounted; "/" for all of it. */
  root: string;
  mount: string;
  type: string;
  source: string;
}

/** All mounts, by /proc/self/mountinfo. */
export function parseMounts(bytes: Uint8Array): Parsed<Mount> {
  return rowsOf(textOf(bytes).split("\n"), (line) => {
    const [before = "", after = ""] = line.split(" - ", 2);
    const [, , device, root, mount] = before.split(" ");
    const [type, source] = after.split(" ");
    if (!device || !/^\d+:\d+$/.test(device) || !root || !mount || !type || source === undefined) return undefined;
    return { device, root, mount: unescapeOctal(mount), type, source: unescapeOctal(source) };
  });
}
