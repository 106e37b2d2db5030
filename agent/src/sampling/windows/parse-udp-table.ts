import { addressesIn, type ParsedTable, portOf, rowsWithin, unspecified } from "./parse-table.ts";

/** udpmib.h, MIB_UDPROW_OWNER_PID and MIB_UDP6ROW_OWNER_PID: bytes of a row, and where in it things lie. */
const IPV4_ROW = { size: 12, port: 4, pid: 8 };
const IPV6_ROW = { size: 28, port: 20, pid: 24 };

/** Rows of GetExtendedUdpTable, UDP_TABLE_OWNER_PID: local ends only, as Windows tells no UDP socket's peer. */
export function parseUdpTable(bytes: Buffer, family: 4 | 6): ParsedTable {
  const layout = family === 4 ? IPV4_ROW : IPV6_ROW;
  const { count, lost } = rowsWithin(bytes, layout.size);
  const table: ParsedTable = { rows: [], lost };
  const address = addressesIn(bytes, family);
  for (let index = 0; index < count; index++) {
    const row = 4 + index * layout.size;
    const localAddress = address(row);
    const observation = {
      protocol: "udp",
      state: "unconnected",
      localAddress,
      localPort: portOf(bytes, row + layout.port),
      remoteAddress: unspecified(localAddress),
      remotePort: 0,
      inode: 0,
    } as const;
    table.rows.push({ observation, pid: bytes.readUInt32LE(row + layout.pid) });
  }
  return table;
}
