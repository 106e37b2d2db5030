import { loadKoffi, openLibrary } from "./koffi.ts";
import { HKEY_LOCAL_MACHINE } from "./registry.ts";
import { dword } from "./win32.ts";
import { ERROR, Win32Error } from "./win32-error.ts";

/** winnt.h; also the ids of our events. */
const TYPES = { error: 1, warn: 2, info: 4 } as const;
const ID = 1;

const KEY = "SYSTEM\\CurrentControlSet\\Services\\EventLog\\Application\\";
const REG_EXPAND_SZ = 2;
const REG_DWORD = 4;
const KEY_SET_VALUE = 0x2;
/** A message file that every Windows has: its messages 1 to 1000 are the text that was handed in. */
const MESSAGE_FILE = "%SystemRoot%\\System32\\EventCreate.exe";

/** Windows' Event Log, under the name of one source. */
export interface EventLog {
  write(type: keyof typeof TYPES, text: string): void;
  close(): void;
}

/** The log of a source, or nothing where this Windows gives none. */
export function openEventLog(source: string): EventLog | undefined {
  const advapi = openLibrary("advapi32.dll");
  const handle: unknown = advapi.func("void *RegisterEventSourceW(str16 server, str16 source)")(null, source);
  if (handle === null) return undefined;
  const koffi = loadKoffi();
  const report = advapi.func("ReportEventW", "int", [
    "void *",
    "uint16",
    "uint16",
    "uint32",
    "void *",
    "uint16",
    "uint32",
    koffi.pointer("str16"),
    "void *",
  ]);
  const deregister = advapi.func("int DeregisterEventSource(void *handle)");
  return {
    write: (type, text) => void report(handle, TYPES[type], 0, ID, null, 1, 0, [text], null),
    close: () => void deregister(handle),
  };
}

/** Says which file makes text of a source's events, so that the Event Viewer shows it. For administrators. */
export function registerEventSource(source: string): void {
  const advapi = openLibrary("advapi32.dll");
  const create = advapi.func(
    "int RegCreateKeyExW(void *key, str16 name, uint32 reserved, void *class, uint32 options, uint32 rights, void *security, void *made, void *disposition)",
  );
  const set = advapi.func(
    "int RegSetValueExW(void *key, str16 name, uint32 reserved, uint32 type, void *data, uint32 size)",
  );
  const close = advapi.func("int RegCloseKey(void *key)");
  const made = Buffer.alloc(8);
  succeeded("RegCreateKeyExW", create(HKEY_LOCAL_MACHINE, KEY + source, 0, null, 0, KEY_SET_VALUE, null, made, null));
  const key = made.readBigUInt64LE();
  try {
    const file = Buffer.from(`${MESSAGE_FILE}\0`, "utf16le");
    succeeded("EventMessageFile", set(key, "EventMessageFile", 0, REG_EXPAND_SZ, file, file.length));
    const types = dword(TYPES.error | TYPES.warn | TYPES.info);
    succeeded("TypesSupported", set(key, "TypesSupported", 0, REG_DWORD, types, types.length));
  } finally {
    close(key);
  }
}

/** False where there was none. */
export function removeEventSource(source: string): boolean {
  const remove = openLibrary("advapi32.dll").func("int RegDeleteKeyW(void *key, str16 name)");
  const code: number = remove(HKEY_LOCAL_MACHINE, KEY + source);
  if (code === ERROR.fileNotFound) return false;
  succeeded("RegDeleteKeyW", code);
  return true;
}

function succeeded(what: string, code: number): void {
  if (code !== 0) throw new Win32Error(what, code);
}
