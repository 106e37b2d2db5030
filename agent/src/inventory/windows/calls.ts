import { loadKoffi, openLibrary } from "../../windows/koffi.ts";
import { ERROR, lastError, Win32Error } from "../../windows/win32-error.ts";
import { dword, lazily, wideText } from "../../windows/win32.ts";
import { type Adapter, parseAdapters } from "./parse-adapters.ts";
import { parseProcessors } from "./parse-processors.ts";
import { type Firmware, parseSmbios } from "./parse-smbios.ts";
import { type FileVersion, parseVersionInfo } from "./parse-version-info.ts";

/** "RSMB", the provider of the raw SMBIOS table. */
const RSMB = 0x52534d42;
/** GetAdaptersAddresses: no anycast, no multicast addresses. */
const ADAPTER_FLAGS = 0x6;
/** ComputerNamePhysicalDnsHostname and …FullyQualified: of a cluster, this machine's own. */
const NAME = { host: 5, qualified: 7 };
const RELATION_CORE = 0;
const MOST_BYTES = 16_000_000;
/** A table may grow between the call that asks for its size and the one that reads it. */
const MOST_ATTEMPTS = 5;

const functions = lazily(() => {
  const kernel = openLibrary("kernel32.dll");
  const ipHelper = openLibrary("iphlpapi.dll");
  const versions = openLibrary("version.dll");
  const computerName: (kind: number, name: Buffer, size: Buffer) => number = kernel.func(
    "int __stdcall GetComputerNameExW(int, void*, void*)",
  );
  const firmwareTable: (provider: number, id: number, table: Buffer | null, size: number) => number = kernel.func(
    "uint32_t __stdcall GetSystemFirmwareTable(uint32_t, uint32_t, void*, uint32_t)",
  );
  const processors: (relation: number, list: Buffer | null, size: Buffer) => number = kernel.func(
    "int __stdcall GetLogicalProcessorInformationEx(int, void*, void*)",
  );
  const adapters: (family: number, flags: number, none: null, list: Buffer, size: Buffer) => number = ipHelper.func(
    "uint32_t __stdcall GetAdaptersAddresses(uint32_t, uint32_t, void*, void*, void*)",
  );
  const versionSize: (file: string, zero: Buffer) => number = versions.func(
    "uint32_t __stdcall GetFileVersionInfoSizeW(str16, void*)",
  );
  const version: (file: string, zero: number, size: number, data: Buffer) => number = versions.func(
    "int __stdcall GetFileVersionInfoW(str16, uint32_t, uint32_t, void*)",
  );
  return { computerName, firmwareTable, processors, adapters, versionSize, version };
});

function nameOf(kind: number): string {
  const [name, size] = [Buffer.alloc(2048), dword(1024)];
  if (functions().computerName(kind, name, size) === 0) throw lastError("GetComputerNameExW");
  return wideText(name);
}

/** What the host calls itself in DNS, and that with its domain. @throws Win32Error */
export function computerNames(): { hostname: string; fqdn: string } {
  return { hostname: nameOf(NAME.host), fqdn: nameOf(NAME.qualified) };
}

/** @throws Win32Error where there is no SMBIOS table. */
export function firmware(): Firmware {
  const size = functions().firmwareTable(RSMB, 0, null, 0);
  if (size === 0 || size > MOST_BYTES) throw lastError("GetSystemFirmwareTable");
  const table = Buffer.alloc(size);
  const filled = functions().firmwareTable(RSMB, 0, table, size);
  if (filled === 0 || filled > size) throw lastError("GetSystemFirmwareTable");
  return parseSmbios(table.subarray(0, filled));
}

/** @throws Win32Error */
export function processors(): { cores: number; logicalCores: number } {
  const size = dword();
  functions().processors(RELATION_CORE, null, size);
  const list = Buffer.alloc(Math.min(size.readUInt32LE(), MOST_BYTES));
  if (functions().processors(RELATION_CORE, list, size) === 0) throw lastError("GetLogicalProcessorInformationEx");
  return parseProcessors(list.subarray(0, size.readUInt32LE()));
}

/** @throws Win32Error */
export function adapters(): Adapter[] {
  let list = Buffer.alloc(16_384);
  for (let attempt = 0; attempt < MOST_ATTEMPTS; attempt++) {
    const size = dword(list.length);
    const code = functions().adapters(0, ADAPTER_FLAGS, null, list, size);
    if (code === 0) return parseAdapters(list, loadKoffi().address(list));
    if (code !== ERROR.bufferOverflow) throw new Win32Error("GetAdaptersAddresses", code);
    list = Buffer.alloc(Math.min(2 * Math.max(size.readUInt32LE(), list.length), MOST_BYTES));
  }
  throw new Win32Error("GetAdaptersAddresses", ERROR.bufferOverflow);
}

/** The version resource of a program's file; nothing where it has none, or cannot be read. */
export function fileVersion(file: string): FileVersion {
  const size = functions().versionSize(file, dword());
  if (size === 0 || size > MOST_BYTES) return {};
  const data = Buffer.alloc(size);
  return functions().version(file, 0, size, data) === 0 ? {} : parseVersionInfo(data);
}
