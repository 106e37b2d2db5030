import { loadKoffi, openLibrary } from "../../windows/koffi.ts";
import { closeHandle } from "../../windows/processes.ts";
import { lastError, Win32Error } from "../../windows/win32-error.ts";
import { dword, lazily } from "../../windows/win32.ts";
import {
  DISK_PERFORMANCE_BYTES,
  type InterfaceRow,
  parseBytesWritten,
  parseInterfaceTable,
  parseSystemTimes,
  ROW_BYTES,
} from "./parse-load.ts";

const IOCTL_DISK_PERFORMANCE = 0x70020;
const SHARE_READ_WRITE = 0x3;
const OPEN_EXISTING = 3;
const INVALID_HANDLE = -1;
const MOST_INTERFACES = 10_000;

const functions = lazily(() => {
  const kernel = openLibrary("kernel32.dll");
  const ipHelper = openLibrary("iphlpapi.dll");
  const systemTimes: (idle: Buffer, kernelTime: Buffer, user: Buffer) => number = kernel.func(
    "int __stdcall GetSystemTimes(void*, void*, void*)",
  );
  const createFile: (path: string, ...rest: (number | null)[]) => number = kernel.func(
    "intptr_t __stdcall CreateFileW(str16, uint32_t, uint32_t, void*, uint32_t, uint32_t, void*)",
  );
  const control: (file: number, code: number, ...rest: (Buffer | number | null)[]) => number = kernel.func(
    "int __stdcall DeviceIoControl(intptr_t, uint32_t, void*, uint32_t, void*, uint32_t, void*, void*)",
  );
  const ifTable: (table: Buffer) => number = ipHelper.func("uint32_t __stdcall GetIfTable2(void*)");
  const freeTable: (table: bigint) => void = ipHelper.func("void __stdcall FreeMibTable(void*)");
  return { systemTimes, createFile, control, ifTable, freeTable };
});

/** @throws Win32Error */
export function cpuTimes(): { busy: number; total: number } {
  const [idle, kernel, user] = [Buffer.alloc(8), Buffer.alloc(8), Buffer.alloc(8)];
  if (functions().systemTimes(idle, kernel, user) === 0) throw lastError("GetSystemTimes");
  return parseSystemTimes(idle, kernel, user);
}

/** @throws Win32Error */
export function interfaceTable(): { rows: InterfaceRow[]; lost: number } {
  const pointer = Buffer.alloc(8);
  const code = functions().ifTable(pointer);
  if (code !== 0) throw new Win32Error("GetIfTable2", code);
  const table = pointer.readBigUInt64LE();
  try {
    const { decode, view } = loadKoffi();
    const rows = Math.min(decode.uint32(table), MOST_INTERFACES);
    // A copy: Windows frees its own.
    return parseInterfaceTable(Buffer.from(view(table, 8 + rows * ROW_BYTES).slice(0)));
  } finally {
    functions().freeTable(table);
  }
}

/**
 * Bytes written to a volume. It is asked as the performance monitor asks it, with no access to its content, and may be
 * asked without administrators' rights.
 *
 * @param device name of the volume, `\\?\Volume{GUID}\`
 * @throws Win32Error
 */
export function bytesWritten(device: string): number {
  const { createFile, control } = functions();
  const name = device.replace(/\\$/, "");
  const volume = createFile(name, 0, SHARE_READ_WRITE, null, OPEN_EXISTING, 0, null);
  if (volume === INVALID_HANDLE) throw lastError(name);
  try {
    const [answer, size] = [Buffer.alloc(DISK_PERFORMANCE_BYTES), dword()];
    if (control(volume, IOCTL_DISK_PERFORMANCE, null, 0, answer, answer.length, size, null) === 0) {
      throw lastError("IOCTL_DISK_PERFORMANCE");
    }
    const written = parseBytesWritten(answer.subarray(0, size.readUInt32LE()));
    if (written === undefined) throw new Win32Error("IOCTL_DISK_PERFORMANCE", 0);
    return written;
  } finally {
    closeHandle(volume);
  }
}
