import type { Protocol } from "@portolan/protocol";
import { normaliseAddress } from "../ingest/normalise-address.ts";
import { siteDay } from "../ingest/site-day.ts";
import type { ImportedFlow } from "../storage/imports.ts";
import type { BadLine, Parsed } from "./bad-line.ts";
import { tooLong } from "./check-length.ts";
import { DEFAULT_SITE } from "./default-site.ts";
import { isAddress } from "./is-address.ts";
import { parsed } from "./parsed.ts";
import { parseTime } from "./parse-time.ts";
import { readTable } from "./read-table.ts";

const COLUMNS = {
  required: ["client", "server", "protocol", "port", "first_seen", "last_seen"],
  optional: ["connections", "client_process", "server_process"],
} as const;
type Column = (typeof COLUMNS.required)[number] | (typeof COLUMNS.optional)[number];

const LONGEST = { client: 255, server: 255, client_process: 255, server_process: 255 } as const;
const TIME = "expected an RFC 3339 time such as 2026-11-20T09:00:00+09:00, or a date";

/**
 * flows.csv: `client,server,protocol,port,first_seen,last_seen,connections,client_process,server_process`. An end is an
 * address or a host name; connections default to 1, all on the day of last_seen.
 * @param options.site that addresses and names belong to; else "default"
 * @param options.timeZone of the site, for its days; a valid IANA name
 */
export function parseFlowsCsv(
  bytes: Uint8Array,
  { site = DEFAULT_SITE, timeZone }: { site?: string; timeZone: string },
): Parsed<ImportedFlow[]> {
  const { rows, bad } = readTable<Column>(bytes, COLUMNS);
  const problems: BadLine[] = [...bad];
  const flows: ImportedFlow[] = [];
  for (const { line, cells } of rows) {
    const found: BadLine[] = tooLong(line, cells, LONGEST);
    const flow = parseRow(cells, site, timeZone, (column, reason) => {
      found.push({ line, column, value: cells[column], reason });
    });
    if (found.length === 0) flows.push(flow);
    problems.push(...found);
  }
  return parsed(flows, problems);
}

/** What `refuse` is called for stands in the result as some value that is never used. */
function parseRow(
  cells: Record<Column, string>,
  site: string,
  timeZone: string,
  refuse: (column: Column, reason: string) => void,
): ImportedFlow {
  const protocol = PROTOCOLS.find((name) => name === cells.protocol.toLowerCase());
  if (!protocol) refuse("protocol", "expected tcp or udp");
  const firstSeen = parseTime(cells.first_seen, timeZone, "first");
  if (firstSeen === undefined) refuse("first_seen", TIME);
  const lastSeen = parseTime(cells.last_seen, timeZone, "last");
  if (lastSeen === undefined) refuse("last_seen", TIME);
  if (firstSeen !== undefined && lastSeen !== undefined && firstSeen > lastSeen) {
    refuse("last_seen", `expected a time not before first_seen, ${cells.first_seen}`);
  }
  const port = wholeNumber(cells.port, 65_535);
  if (port === undefined) refuse("port", "expected a whole number of 0 to 65535");
  const connections = cells.connections === "" ? 1 : wholeNumber(cells.connections, Number.MAX_SAFE_INTEGER);
  if (connections === undefined) refuse("connections", "expected a whole number, 0 or more");
  return {
    site,
    client: parseEnd(cells.client, (reason) => refuse("client", reason)),
    server: parseEnd(cells.server, (reason) => refuse("server", reason)),
    protocol: protocol ?? "tcp",
    port: port ?? 0,
    firstSeen: firstSeen ?? 0,
    lastSeen: lastSeen ?? 0,
    day: siteDay(lastSeen ?? 0, timeZone),
    connections: connections ?? 0,
    ...(cells.client_process !== "" && { clientProcess: cells.client_process }),
    ...(cells.server_process !== "" && { serverProcess: cells.server_process }),
  };
}

const PROTOCOLS: readonly Protocol[] = ["tcp", "udp"];

function wholeNumber(text: string, maximum: number): number | undefined {
  return /^\d+$/.test(text) && Number(text) <= maximum ? Number(text) : undefined;
}

function parseEnd(text: string, refuse: (reason: string) => void): ImportedFlow["client"] {
  if (isAddress(text)) return { address: normaliseAddress(text) };
  // Digits and dots only, or a colon: meant as an address, and wrong.
  if (text === "" || /^[\d.]+$/.test(text) || /[:/\s]/.test(text)) refuse("expected an address or a host name");
  return { name: text };
}
