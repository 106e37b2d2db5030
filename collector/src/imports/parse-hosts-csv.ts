import { normaliseAddress } from "../ingest/normalise-address.ts";
import type { ImportedHost } from "../storage/imports.ts";
import type { BadLine, Parsed } from "./bad-line.ts";
import { tooLong } from "./check-length.ts";
import { DEFAULT_SITE } from "./default-site.ts";
import { isAddress } from "./is-address.ts";
import { parsed } from "./parsed.ts";
import { readTable } from "./read-table.ts";

const COLUMNS = { required: ["host"], optional: ["address", "site", "environment", "notes"] } as const;
const LONGEST = { host: 255, site: 255, environment: 255, notes: 4096 } as const;

/**
 * hosts.csv: `host,address,site,environment,notes`. Several addresses of a host stand in one cell, apart by blanks or
 * semicolons, or on lines of their own.
 * @param options.site where the file names none; else "default"
 */
export function parseHostsCsv(bytes: Uint8Array, { site = DEFAULT_SITE }: { site?: string }): Parsed<ImportedHost[]> {
  const { rows, bad } = readTable<"host" | "address" | "site" | "environment" | "notes">(bytes, COLUMNS);
  const problems: BadLine[] = [...bad];
  const hosts = new Map<string, ImportedHost>();
  for (const { line, cells } of rows) {
    if (cells.host === "") problems.push({ line, column: "host", value: "", reason: "expected the host's name" });
    problems.push(...tooLong(line, cells, LONGEST));
    const addresses = cells.address.split(/[\s;]+/).filter((text) => text !== "");
    for (const value of addresses.filter((text) => !isAddress(text))) {
      problems.push({ line, column: "address", value, reason: "expected an IPv4 or IPv6 address" });
    }
    const name = cells.host;
    const hostSite = cells.site === "" ? site : cells.site;
    const key = JSON.stringify([hostSite, name.toLowerCase()]);
    const host = hosts.get(key) ?? { name, site: hostSite, addresses: [] };
    host.addresses = [...new Set([...host.addresses, ...addresses.map(normaliseAddress)])];
    if (cells.environment !== "") host.environment = cells.environment;
    if (cells.notes !== "") host.notes = cells.notes;
    hosts.set(key, host);
  }
  return parsed([...hosts.values()], problems);
}
