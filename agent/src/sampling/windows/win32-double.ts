import {
  type SyntheticProcess,
  type SyntheticSocket,
  syntheticProcessList,
  syntheticServices,
  syntheticTcpTable,
  syntheticUdpTable,
} from "./synthetic-tables.ts";
import type { Win32 } from "./win32.ts";

/** What a double of Windows shows; a test changes it between samples. */
export interface DoubleWindows {
  tcp4: SyntheticSocket[];
  tcp6: SyntheticSocket[];
  udp4: SyntheticSocket[];
  processes: SyntheticProcess[];
  services: { name: string; pid: number }[];
  /** By pid. */
  commandLines: Record<number, string>;
  /** Accounts of those services whose configuration may be read. */
  accounts: Record<string, string>;
  /** Pids that may not be opened, and of whose processes the token may not. */
  denied: Set<number>;
  tokenDenied: Set<number>;
  /** Paths that even the kernel's list does not tell. */
  withoutPath: Set<number>;
  /** Answers to calls instead of success. */
  errors: Partial<Record<"tcp4" | "tcp6" | "udp4" | "udp6" | "processes" | "services", number>>;
  /** How often processes were opened. */
  opened: number;
}

const BASE = 0x7000_0000n;
const TOO_SMALL = 122;

/** As Windows fills a buffer, or says how much it needs. */
function answer(table: Buffer, buffer: Buffer, size: Uint32Array, error: number | undefined): number {
  if (error !== undefined) return error;
  size[0] = table.length;
  if (table.length > buffer.length) return TOO_SMALL;
  table.copy(buffer);
  return 0;
}

/** A double of Windows' calls, over synthetic tables. */
export function createWin32Double(): { windows: DoubleWindows; win32: Win32 } {
  const windows: DoubleWindows = {
    tcp4: [],
    tcp6: [],
    udp4: [],
    processes: [],
    services: [],
    accounts: {},
    commandLines: {},
    denied: new Set(),
    tokenDenied: new Set(),
    withoutPath: new Set(),
    errors: {},
    opened: 0,
  };
  const processOf = (pid: number): SyntheticProcess | undefined => windows.processes.find((one) => one.pid === pid);
  const path = (pid: number): string => `C:\\Program Files\\Synthetic\\${processOf(pid)?.name}`;
  const win32: Win32 = {
    tcpTable(family, buffer, size) {
      const table = syntheticTcpTable(family, family === 4 ? windows.tcp4 : windows.tcp6);
      return answer(table, buffer, size, windows.errors[`tcp${family}`]);
    },
    udpTable(family, buffer, size) {
      const table = syntheticUdpTable(family, family === 4 ? windows.udp4 : []);
      return answer(table, buffer, size, windows.errors[`udp${family}`]);
    },
    processList: (buffer, size) =>
      answer(syntheticProcessList(BASE, windows.processes), buffer, size, windows.errors.processes),
    imagePathOf: (pid) =>
      windows.withoutPath.has(pid) ? undefined : path(pid).replace("C:", "\\Device\\HarddiskVolume3"),
    // A handle is the pid.
    openProcess(pid) {
      windows.opened += 1;
      return windows.denied.has(pid) || processOf(pid) === undefined ? 0 : pid;
    },
    creationTime: (pid) => processOf(Number(pid))?.createdAt,
    imageName: (pid) => path(Number(pid)),
    // S-1-5-80-PID.
    userOf: (pid) =>
      windows.tokenDenied.has(Number(pid))
        ? undefined
        : Buffer.from([1, 2, 0, 0, 0, 0, 0, 5, 80, 0, 0, 0, Number(pid) & 255, Number(pid) >> 8, 0, 0]),
    commandLine: (pid) => windows.commandLines[Number(pid)],
    close: () => {},
    accountName: async (sid) => `DOUBLE\\user${sid.readUInt16LE(12)}`,
    services(buffer, size, count) {
      count[0] = windows.services.length;
      return answer(syntheticServices(BASE, windows.services), buffer, size, windows.errors.services);
    },
    serviceConfig(name, buffer) {
      const account = windows.accounts[name];
      if (account === undefined) return false;
      buffer.writeBigUInt64LE(BASE + 64n, 48);
      buffer.write(`${account}\0`, 64, "utf16le");
      return true;
    },
    addressOf: () => BASE,
    deviceOf: (drive) => (drive === "C:" ? "\\Device\\HarddiskVolume3" : undefined),
  };
  return { windows, win32 };
}
