import type { Observation, SocketState } from "../sampler.ts";
import { addressesIn, type ParsedTable, portOf, rowsWithin, unspecified } from "./parse-table.ts";

/** tcpmib.h, MIB_TCP_STATE. CLOSED and DELETE_TCB are no connections: Wine shows many of the former beside a listener. */
const STATES: readonly (SocketState | "none" | undefined)[] = [
  undefined,
  "none",
  "listening",
  "syn-sent",
  "syn-received",
  "established",
  "fin-wait-1",
  "fin-wait-2",
  "close-wait",
  "closing",
  "last-ack",
  "time-wait",
  "none",
];

/** The default of TcpTimedWaitDelay: a row may wait for that long, and the table does not tell since when. */
const LONGEST_WAIT_MS = 120_000;

/** tcpmib.h, MIB_TCPROW_OWNER_PID and MIB_TCP6ROW_OWNER_PID: bytes of a row, and where in it things lie. */
const IPV4_ROW = { size: 24, state: 0, local: 4, localPort: 8, remote: 12, remotePort: 16, pid: 20 };
const IPV6_ROW = { size: 56, state: 48, local: 0, localPort: 20, remote: 24, remotePort: 44, pid: 52 };

/**
 * Rows of GetExtendedTcpTable, TCP_TABLE_OWNER_PID_ALL: MIB_TCPTABLE_OWNER_PID or MIB_TCP6TABLE_OWNER_PID. IPv4-mapped
 * addresses come out as IPv4. Rows in no state that a connection has are left out; those in an unknown one are lost.
 */
export function parseTcpTable(bytes: Buffer, family: 4 | 6): ParsedTable {
  const layout = family === 4 ? IPV4_ROW : IPV6_ROW;
  const { count, lost } = rowsWithin(bytes, layout.size);
  const table: ParsedTable = { rows: [], lost };
  const address = addressesIn(bytes, family);
  for (let index = 0; index < count; index++) {
    const row = 4 + index * layout.size;
    const state = STATES[bytes.readUInt32LE(row + layout.state)];
    if (state === "none") continue;
    if (state === undefined) {
      table.lost += 1;
      continue;
    }
    const localAddress = address(row + layout.local);
    const observation: Observation = {
      protocol: "tcp",
      state,
      localAddress,
      localPort: portOf(bytes, row + layout.localPort),
      // Of a listener the fields of the remote end hold anything.
      remoteAddress: state === "listening" ? unspecified(localAddress) : address(row + layout.remote),
      remotePort: state === "listening" ? 0 : portOf(bytes, row + layout.remotePort),
      inode: 0,
    };
    if (state === "time-wait") observation.waitedMs = LONGEST_WAIT_MS;
    table.rows.push({ observation, pid: bytes.readUInt32LE(row + layout.pid) });
  }
  return table;
}
