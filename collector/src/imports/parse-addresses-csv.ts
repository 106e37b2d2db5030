import ipaddr from "ipaddr.js";
import { normaliseAddress } from "../ingest/normalise-address.ts";
import type { BadLine, Parsed } from "./bad-line.ts";
import { tooLong } from "./check-length.ts";
import { isAddress } from "./is-address.ts";
import { parsed } from "./parsed.ts";
import { readTable } from "./read-table.ts";

const COLUMNS = { required: ["host", "old_address", "new_address"], optional: ["new_zone"] } as const;
type Column = (typeof COLUMNS.required)[number] | (typeof COLUMNS.optional)[number];

const LONGEST = { host: 255, new_zone: 255 } as const;
/** What no host has for itself alone, by the names of ipaddr.js. */
const NOBODYS = new Set(["unspecified", "loopback", "linkLocal", "multicast", "broadcast"]);

/** A line of addresses.csv, its addresses in their one spelling. */
export interface AddressLine {
  line: number;
  host: string;
  oldAddress: string;
  newAddress: string;
  newZone?: string;
}

/**
 * addresses.csv: `host,old_address,new_address,new_zone`. A host has a line for each of its addresses; a line that only
 * repeats an earlier one is left out. An old address has one new one; a new address belongs to one host of its zone, unless
 * hosts share the old one too.
 */
export function parseAddressesCsv(bytes: Uint8Array): Parsed<AddressLine[]> {
  const { rows, bad } = readTable<Column>(bytes, COLUMNS);
  const problems: BadLine[] = [...bad];
  const lines: AddressLine[] = [];
  for (const { line, cells } of rows) {
    const found: BadLine[] = tooLong(line, cells, LONGEST);
    if (cells.host === "") found.push({ line, column: "host", value: "", reason: "expected the host's name" });
    for (const column of ["old_address", "new_address"] as const) {
      const reason = whyNoAddress(cells[column]);
      if (reason !== undefined) found.push({ line, column, value: cells[column], reason });
    }
    problems.push(...found);
    if (found.length > 0) continue;
    lines.push({
      line,
      host: cells.host,
      oldAddress: normaliseAddress(cells.old_address),
      newAddress: normaliseAddress(cells.new_address),
      ...(cells.new_zone !== "" && { newZone: cells.new_zone }),
    });
  }
  return parsed(withoutConflicts(lines, problems), problems);
}

function whyNoAddress(text: string): string | undefined {
  if (!isAddress(text)) return "expected an IPv4 or IPv6 address";
  const range = ipaddr.process(text).range();
  return NOBODYS.has(range) ? `expected the address of a host, not one of the range ${range}` : undefined;
}

/** Each line once; what contradicts an earlier line is a problem that names both. */
function withoutConflicts(lines: readonly AddressLine[], problems: BadLine[]): AddressLine[] {
  const byOld = new Map<string, AddressLine>();
  const byNew = new Map<string, AddressLine>();
  for (const entry of lines) {
    const { line, oldAddress, newAddress, newZone } = entry;
    const host = entry.host.toLowerCase();
    const oldKey = JSON.stringify([host, oldAddress]);
    const first = byOld.get(oldKey);
    if (first === undefined) byOld.set(oldKey, entry);
    else if (first.newAddress !== newAddress || first.newZone !== newZone) {
      const reason = `line ${first.line} gives this address of the host another new address or zone, ${placeOf(first)}`;
      problems.push({ line, column: "old_address", value: oldAddress, reason });
    }
    const newKey = JSON.stringify([newZone ?? "", newAddress]);
    const other = byNew.get(newKey);
    if (other === undefined) byNew.set(newKey, entry);
    else if (other.host.toLowerCase() !== host && other.oldAddress !== oldAddress) {
      const reason = `line ${other.line} gives it to ${other.host} in the same zone`;
      problems.push({ line, column: "new_address", value: newAddress, reason });
    }
  }
  return [...byOld.values()];
}

function placeOf({ newAddress, newZone }: AddressLine): string {
  return newZone === undefined ? newAddress : `${newAddress} in ${newZone}`;
}
