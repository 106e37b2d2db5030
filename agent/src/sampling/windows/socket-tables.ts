import { createGrownBuffer, TableError } from "./grown.ts";
import { type OwnedRow, type ParsedTable } from "./parse-table.ts";
import { parseTcpTable } from "./parse-tcp-table.ts";
import { parseUdpTable } from "./parse-udp-table.ts";
import type { Win32 } from "./win32.ts";

export interface SocketTables {
  rows: OwnedRow[];
  lost: number;
  /** Why a table could not be read. */
  failures: string[];
}

/** ERROR_NOT_SUPPORTED: IPv6 is switched off. */
const NOT_SUPPORTED = "error 50";

/** Reads all sockets of this host, in all states. */
export function createSocketTables(win32: Win32): () => SocketTables {
  const families = [4, 6] as const;
  const tables = families.flatMap((family) => [
    {
      family,
      buffer: createGrownBuffer(`TCP over IPv${family}`, (into, size) => win32.tcpTable(family, into, size)),
      parse: (bytes: Buffer): ParsedTable => parseTcpTable(bytes, family),
    },
    {
      family,
      buffer: createGrownBuffer(`UDP over IPv${family}`, (into, size) => win32.udpTable(family, into, size)),
      parse: (bytes: Buffer): ParsedTable => parseUdpTable(bytes, family),
    },
  ]);

  return () => {
    const read: SocketTables = { rows: [], lost: 0, failures: [] };
    for (const { family, buffer, parse } of tables) {
      try {
        const parsed = parse(buffer.read());
        read.rows = read.rows.concat(parsed.rows);
        read.lost += parsed.lost;
      } catch (error) {
        if (!(error instanceof TableError)) throw error;
        if (family === 4 || !error.message.endsWith(NOT_SUPPORTED)) read.failures.push(error.message);
      }
    }
    return read;
  };
}
