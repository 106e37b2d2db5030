/** A process as the kernel lists it, for everybody to read. */
export interface ListedProcess {
  /** File name of its program, as "svchost.exe"; empty of the idle process. */
  name: string;
  /** Creation, in 100 ns since 1601 UTC: tells a process from its predecessor of the same pid. */
  createdAt: bigint;
}

/** winternl.h and ntexapi.h, SYSTEM_PROCESS_INFORMATION of 64-bit Windows: where in an entry things lie. */
const CREATE_TIME = 32;
const NAME_LENGTH = 56;
const NAME_POINTER = 64;
const PID = 80;
const ENTRY_HEAD = 88;

/**
 * Entries of NtQuerySystemInformation, SystemProcessInformation, by pid.
 *
 * @param base the address of the buffer's first byte when the kernel filled it: names are pointers into it
 */
export function parseProcessList(bytes: Buffer, base: bigint): Map<number, ListedProcess> {
  const processes = new Map<number, ListedProcess>();
  let entry = 0;
  while (entry + ENTRY_HEAD <= bytes.length) {
    const from = Number(bytes.readBigUInt64LE(entry + NAME_POINTER) - base);
    const to = from + bytes.readUInt16LE(entry + NAME_LENGTH);
    const name = from >= 0 && to <= bytes.length ? bytes.toString("utf16le", from, to) : "";
    const pid = Number(bytes.readBigUInt64LE(entry + PID));
    processes.set(pid, { name, createdAt: bytes.readBigInt64LE(entry + CREATE_TIME) });
    const next = bytes.readUInt32LE(entry);
    if (next === 0) break;
    entry += next;
  }
  return processes;
}
