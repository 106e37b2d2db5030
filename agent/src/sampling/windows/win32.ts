import { accountName } from "../../windows/account-name.ts";
import { loadKoffi, openLibrary } from "../../windows/koffi.ts";
import { closeHandle, creationTime, type Handle, openProcess } from "../../windows/processes.ts";
import { wideText } from "../../windows/win32.ts";
import { ERROR, lastErrorCode } from "../../windows/win32-error.ts";

/**
 * What the sampler asks Windows, one function for each system call and as thin as that: tests put doubles in their
 * place. Numbers returned are Windows' own answers, 0 for success where the call returns an error code.
 */
export interface Win32 {
  /** iphlpapi GetExtendedTcpTable, TCP_TABLE_OWNER_PID_ALL. */
  tcpTable(family: 4 | 6, buffer: Buffer, size: Uint32Array): number;
  /** iphlpapi GetExtendedUdpTable, UDP_TABLE_OWNER_PID. */
  udpTable(family: 4 | 6, buffer: Buffer, size: Uint32Array): number;
  /** ntdll NtQuerySystemInformation, SystemProcessInformation: all processes, whoever asks. */
  processList(buffer: Buffer, size: Uint32Array): number;
  /** ntdll NtQuerySystemInformation, SystemProcessIdInformation: the path of a process that may not be opened. */
  imagePathOf(pid: number): string | undefined;
  /** Opened with PROCESS_QUERY_LIMITED_INFORMATION; 0 where it is denied, or gone. */
  openProcess(pid: number): Handle;
  /** Creation in 100 ns since 1601 UTC. */
  creationTime(process: Handle): bigint | undefined;
  /** kernel32 QueryFullProcessImageNameW. */
  imageName(process: Handle): string | undefined;
  /** Binary SID of the account that a process runs as; undefined where its token may not be opened. */
  userOf(process: Handle): Buffer | undefined;
  /** ntdll NtQueryInformationProcess, ProcessCommandLineInformation; undefined before Windows 8.1, and under Wine 10. */
  commandLine(process: Handle): string | undefined;
  close(handle: Handle): void;
  /** DOMAIN\name of an account; undefined where nobody knows it. May ask a domain controller. */
  accountName(sid: Buffer): Promise<string | undefined>;
  /** advapi32 EnumServicesStatusExW, those that run; `count[0]` gets their number. */
  services(buffer: Buffer, size: Uint32Array, count: Uint32Array): number;
  /** advapi32 QueryServiceConfigW; false where it is refused. */
  serviceConfig(name: string, buffer: Buffer): boolean;
  /** The address of a buffer, to read pointers into it. */
  addressOf(buffer: Buffer): bigint;
  /** kernel32 QueryDosDeviceW: "\Device\HarddiskVolume3" of "C:". */
  deviceOf(drive: string): string | undefined;
}

const AF_INET = 2;
const AF_INET6 = 23;
const TCP_TABLE_OWNER_PID_ALL = 5;
const UDP_TABLE_OWNER_PID = 1;
const SYSTEM_PROCESS_INFORMATION = 5;
const SYSTEM_PROCESS_ID_INFORMATION = 88;
const PROCESS_COMMAND_LINE_INFORMATION = 60;
const TOKEN_QUERY = 8;
const TOKEN_USER = 1;
const SC_MANAGER_CONNECT = 1;
const SC_MANAGER_ENUMERATE_SERVICE = 4;
const SERVICE_QUERY_CONFIG = 1;
const SERVICE_WIN32 = 0x30;
const SERVICE_ACTIVE = 1;

/** The longest path, in UTF-16 units. */
const LONGEST_PATH = 32_768;

/** Binds the calls; throws where a library or a function is not there. */
export function bindWin32(): Win32 {
  const koffi = loadKoffi();
  const iphlpapi = openLibrary("iphlpapi.dll");
  const ntdll = openLibrary("ntdll.dll");
  const path = Buffer.alloc(2 * LONGEST_PATH);
  const size = new Uint32Array(1);

  type Table = (table: Buffer, size: Uint32Array, order: number, family: number, kind: number, zero: number) => number;
  const tcpTable: Table = iphlpapi.func(
    "uint32 __stdcall GetExtendedTcpTable(void *, void *, int, uint32, int, uint32)",
  );
  const udpTable: Table = iphlpapi.func(
    "uint32 __stdcall GetExtendedUdpTable(void *, void *, int, uint32, int, uint32)",
  );
  // Two arguments more than the call has, as Wine copies that much of the stack, whose end is near in koffi's own.
  type Query = (kind: number, into: Buffer, length: number, needed: Uint32Array | null, a: number, b: number) => number;
  const query: Query = ntdll.func(
    "uint32 __stdcall NtQuerySystemInformation(int, void *, uint32, void *, uint64, uint64)",
  );
  const querySystem = (kind: number, into: Buffer, needed: Uint32Array | null): number =>
    query(kind, into, into.length, needed, 0, 0);
  type OfProcess = (
    process: Handle,
    kind: number,
    into: Buffer,
    length: number,
    needed: Uint32Array,
    a: number,
    b: number,
  ) => number;
  const queryProcess: OfProcess = ntdll.func(
    "uint32 __stdcall NtQueryInformationProcess(uint64, int, void *, uint32, void *, uint64, uint64)",
  );
  const idQuery = Buffer.alloc(24);

  return {
    tcpTable: (family, buffer, room) => tcpTable(buffer, room, 0, familyOf(family), TCP_TABLE_OWNER_PID_ALL, 0),
    udpTable: (family, buffer, room) => udpTable(buffer, room, 0, familyOf(family), UDP_TABLE_OWNER_PID, 0),
    processList: (buffer, room) => querySystem(SYSTEM_PROCESS_INFORMATION, buffer, room),
    imagePathOf(pid) {
      // SYSTEM_PROCESS_ID_INFORMATION: the pid, and a UNICODE_STRING of the caller's.
      idQuery.writeBigUInt64LE(BigInt(pid), 0);
      idQuery.writeUInt16LE(0, 8);
      idQuery.writeUInt16LE(2 * 1024, 10);
      idQuery.writeBigUInt64LE(koffi.address(path), 16);
      if (querySystem(SYSTEM_PROCESS_ID_INFORMATION, idQuery, null) !== 0) return undefined;
      return path.toString("utf16le", 0, idQuery.readUInt16LE(8)) || undefined;
    },
    commandLine(process) {
      // UNICODE_STRING, and the text behind it: 64 KB at most.
      const answer = Buffer.alloc(16 + 65_536);
      if (queryProcess(process, PROCESS_COMMAND_LINE_INFORMATION, answer, answer.length, size, 0, 0) !== 0)
        return undefined;
      return answer.toString("utf16le", 16, 16 + answer.readUInt16LE(0));
    },
    addressOf: (buffer) => koffi.address(buffer),
    ...bindProcesses(path, size),
    accountName,
    ...bindServices(),
  };
}

function familyOf(family: 4 | 6): number {
  return family === 4 ? AF_INET : AF_INET6;
}

function bindProcesses(path: Buffer, size: Uint32Array) {
  const kernel32 = openLibrary("kernel32.dll");
  const advapi32 = openLibrary("advapi32.dll");
  const imageName: (process: Handle, flags: number, into: Buffer, length: Uint32Array) => number = kernel32.func(
    "int __stdcall QueryFullProcessImageNameW(uint64, uint32, void *, void *)",
  );
  const dosDevice: (drive: string, into: Buffer, length: number) => number = kernel32.func(
    "uint32 __stdcall QueryDosDeviceW(str16, void *, uint32)",
  );
  const openToken: (process: Handle, access: number, token: BigUint64Array) => number = advapi32.func(
    "int __stdcall OpenProcessToken(uint64, uint32, void *)",
  );
  type Information = (token: bigint, kind: number, into: Buffer, length: number, needed: Uint32Array) => number;
  const tokenInformation: Information = advapi32.func(
    "int __stdcall GetTokenInformation(uint64, int, void *, uint32, void *)",
  );
  const token = new BigUint64Array(1);
  // TOKEN_USER: a pointer to the SID, attributes, and the SID itself, of at most 68 bytes.
  const user = Buffer.alloc(16 + 68);

  return {
    openProcess,
    creationTime,
    close: closeHandle,
    imageName(process: Handle) {
      size[0] = LONGEST_PATH;
      return imageName(process, 0, path, size) === 0 ? undefined : path.toString("utf16le", 0, 2 * size[0]);
    },
    userOf(process: Handle) {
      if (openToken(process, TOKEN_QUERY, token) === 0) return undefined;
      const [opened = 0n] = token;
      const isRead = tokenInformation(opened, TOKEN_USER, user, user.length, size) !== 0;
      closeHandle(opened);
      return isRead ? Buffer.from(user.subarray(16, 16 + 8 + 4 * (user[17] ?? 0))) : undefined;
    },
    deviceOf: (drive: string) =>
      dosDevice(drive, path, 1024) === 0 ? undefined : wideText(path.subarray(0, 2 * 1024)),
  };
}

function bindServices() {
  const advapi32 = openLibrary("advapi32.dll");
  const openManager: (machine: null, database: null, access: number) => Handle = advapi32.func(
    "uint64 __stdcall OpenSCManagerW(str16, str16, uint32)",
  );
  const closeManager: (manager: Handle) => number = advapi32.func("int __stdcall CloseServiceHandle(uint64)");
  type Enumerate = (
    manager: Handle,
    level: number,
    kind: number,
    state: number,
    into: Buffer,
    length: number,
    needed: Uint32Array,
    count: Uint32Array,
    resume: Uint32Array,
    group: null,
  ) => number;
  const enumerate: Enumerate = advapi32.func(
    "int __stdcall EnumServicesStatusExW(uint64, int, uint32, uint32, void *, uint32, void *, void *, void *, str16)",
  );
  const openService: (manager: Handle, name: string, access: number) => Handle = advapi32.func(
    "uint64 __stdcall OpenServiceW(uint64, str16, uint32)",
  );
  const queryConfig: (service: Handle, into: Buffer, length: number, needed: Uint32Array) => number = advapi32.func(
    "int __stdcall QueryServiceConfigW(uint64, void *, uint32, void *)",
  );
  const needed = new Uint32Array(1);
  return {
    serviceConfig(name: string, buffer: Buffer): boolean {
      const manager = openManager(null, null, SC_MANAGER_CONNECT);
      const service = Number(manager) === 0 ? 0 : openService(manager, name, SERVICE_QUERY_CONFIG);
      const isRead = Number(service) !== 0 && queryConfig(service, buffer, buffer.length, needed) !== 0;
      if (Number(service) !== 0) closeManager(service);
      if (Number(manager) !== 0) closeManager(manager);
      return isRead;
    },
    services(buffer: Buffer, size: Uint32Array, count: Uint32Array): number {
      const manager = openManager(null, null, SC_MANAGER_ENUMERATE_SERVICE);
      if (Number(manager) === 0) return lastErrorCode();
      const resume = Uint32Array.of(0);
      const [kind, state] = [SERVICE_WIN32, SERVICE_ACTIVE];
      const isWhole = enumerate(manager, 0, kind, state, buffer, buffer.length, needed, count, resume, null);
      // Before another call changes it.
      const code = isWhole === 0 ? lastErrorCode() : 0;
      closeManager(manager);
      // What does not fit, beside what did.
      if (code === ERROR.moreData) size[0] = buffer.length + (needed[0] ?? 0);
      return code;
    },
  };
}
