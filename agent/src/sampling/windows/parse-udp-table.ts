import { createAddressTexts } from "../address-text.ts";
import { type ParsedTable, portOf, rowsWithin } from "./parse-table.ts";

/** udpmib.h, MIB_UDPROW_OWNER_PID and MIB_UDP6ROW_OWNER_PID: bytes of a row, and where in it things lie. */
const IPV4_ROW = { size: 12, port: 4, pid: 8 };
const IPV6_ROW = { size: 28, port: 20, pid: 24 };

/** Rows of GetExtendedUdpTable, UDP_TABLE_OWNER_PID: local ends only, as Windows tells no UDP socket's peer. */
export function parseUdpTable(bytes: Buffer, family: 4 | 6): ParsedTable {
  const layout = family === 4 ? IPV4_ROW : IPV6_ROW;
  const { count, lost } = rowsWithin(bytes, layout.size);
  const table: ParsedTable = { rows: [], lost };
  const { ipv4, ipv6 } = createAddressTexts();
  for (let index = 0; index < count; index++) {
    const row = 4 + index * layout.size;
    const word = (number: number): number => bytes.readUInt32LE(row + 4 * number);
    const localAddress = family === 4 ? ipv4(word(0)) : ipv6(word(0), word(1), word(2), word(3));
    const observation = {
      protocol: "udp",
      state: "unconnected",
      localAddress,
      localPort: portOf(bytes, row + layout.port),
      remoteAddress: localAddress.includes(":") ? "::" : "0.0.0.0",
      remotePort: 0,
      inode: 0,
    } as const;
    table.rows.push({ observation, pid: bytes.readUInt32LE(row + layout.pid) });
  }
  return table;
}
