/** A socket of a synthetic table. Addresses are bytes, in network order; states are MIB_TCP_STATE's numbers. */
export interface SyntheticSocket {
  state?: number;
  local: readonly number[];
  localPort: number;
  remote?: readonly number[];
  remotePort?: number;
  pid: number;
}

export const ESTABLISHED = 5;
export const LISTEN = 2;
export const TIME_WAIT = 11;

/** Windows leaves anything in the upper half of a port's DWORD. */
const GARBAGE = 0xbeef;

/** Made from tcpmib.h, not recorded: MIB_TCPTABLE_OWNER_PID or MIB_TCP6TABLE_OWNER_PID. */
export function syntheticTcpTable(family: 4 | 6, sockets: readonly SyntheticSocket[]): Buffer {
  const rows = sockets.map(({ state = ESTABLISHED, local, localPort, remote, remotePort = 0, pid }) => {
    const peer = remote ?? Array.from(local, () => 0);
    const [own, other] = [bytes(local), bytes(peer)];
    const [ownPort, otherPort] = [port(localPort), port(remotePort)];
    if (family === 4) return [dword(state), own, ownPort, other, otherPort, dword(pid)];
    const scope = dword(0);
    return [own, scope, ownPort, other, scope, otherPort, dword(state), dword(pid)];
  });
  return Buffer.concat([dword(sockets.length), ...rows.flat()]);
}

/** Made from udpmib.h, not recorded: MIB_UDPTABLE_OWNER_PID or MIB_UDP6TABLE_OWNER_PID. */
export function syntheticUdpTable(family: 4 | 6, sockets: readonly SyntheticSocket[]): Buffer {
  const rows = sockets.map(({ local, localPort, pid }) => [
    bytes(local),
    ...(family === 6 ? [dword(0)] : []),
    port(localPort),
    dword(pid),
  ]);
  return Buffer.concat([dword(sockets.length), ...rows.flat()]);
}

export interface SyntheticProcess {
  pid: number;
  name: string;
  createdAt: bigint;
}

/** Made from winternl.h, not recorded: SYSTEM_PROCESS_INFORMATION, each name behind its entry. */
export function syntheticProcessList(base: bigint, processes: readonly SyntheticProcess[]): Buffer {
  const entries: Buffer[] = [];
  let at = 0;
  for (const [index, { pid, name, createdAt }] of processes.entries()) {
    const text = Buffer.from(name, "utf16le");
    // One thread's structure lies between an entry's head and its name.
    const entry = Buffer.alloc(256 + 80 + text.length + ((8 - (text.length % 8)) % 8));
    entry.writeUInt32LE(index === processes.length - 1 ? 0 : entry.length, 0);
    entry.writeUInt32LE(1, 4);
    entry.writeBigInt64LE(createdAt, 32);
    entry.writeUInt16LE(text.length, 56);
    entry.writeUInt16LE(text.length, 58);
    entry.writeBigUInt64LE(text.length === 0 ? 0n : base + BigInt(at + 336), 64);
    entry.writeBigUInt64LE(BigInt(pid), 80);
    text.copy(entry, 336);
    entries.push(entry);
    at += entry.length;
  }
  return Buffer.concat(entries);
}

/** Made from winsvc.h, not recorded: ENUM_SERVICE_STATUS_PROCESSW, the names behind all entries. */
export function syntheticServices(base: bigint, services: readonly { name: string; pid: number }[]): Buffer {
  const entries = Buffer.alloc(56 * services.length);
  const names: Buffer[] = [];
  let at = entries.length;
  for (const [index, { name, pid }] of services.entries()) {
    entries.writeBigUInt64LE(base + BigInt(at), index * 56);
    entries.writeUInt32LE(pid, index * 56 + 44);
    const text = Buffer.from(`${name}\0`, "utf16le");
    names.push(text);
    at += text.length;
  }
  return Buffer.concat([entries, ...names]);
}

function dword(value: number): Buffer {
  const buffer = Buffer.alloc(4);
  buffer.writeUInt32LE(value);
  return buffer;
}

function port(value: number): Buffer {
  const buffer = Buffer.alloc(4);
  buffer.writeUInt16BE(value);
  buffer.writeUInt16LE(GARBAGE, 2);
  return buffer;
}

function bytes(values: readonly number[]): Buffer {
  return Buffer.from(values);
}
