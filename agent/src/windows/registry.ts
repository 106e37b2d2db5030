import { openLibrary } from "./koffi.ts";
import { ERROR, Win32Error } from "./win32-error.ts";
import { dword, lazily, wideText } from "./win32.ts";

/** A hive, read only, in the view of 64-bit programs. Tests stand a synthetic one in. */
export interface Registry {
  /**
   * A text value; undefined where there is none of that name, or it is no text.
   *
   * @param key path below the hive
   * @throws Win32Error where it may not be read.
   */
  text(key: string, name: string): string | undefined;
  /** A list of texts, under the same conditions. */
  texts(key: string, name: string): string[] | undefined;
  /** A 32-bit number, or four bytes that hold one, under the same conditions. */
  number(key: string, name: string): number | undefined;
  /** Bytes, under the same conditions. */
  bytes(key: string, name: string): Buffer | undefined;
  /** Names of the keys below a key; none where it is not there. @throws Win32Error where they may not be read. */
  keys(key: string): string[];
  /** Names of the values of a key, under the same conditions. */
  values(key: string): string[];
}

interface Hive {
  handle: bigint;
  /** As in messages. */
  name: string;
}

/** winreg.h: a hive that is always open. */
export const HKEY_LOCAL_MACHINE = 0xffff_ffff_8000_0002n;
const HKEY_USERS = 0xffff_ffff_8000_0003n;
/** RegGetValueW: any type, nothing expanded. */
const ANY_TYPE = 0x1000ffff;
const TYPE = { text: 1, expandable: 2, bytes: 3, number: 4, texts: 7 };
/** KEY_QUERY_VALUE and KEY_ENUMERATE_SUB_KEYS. */
const LIST = 0x9;
/** Of a key's name, and of a value's, in characters with the NUL. */
const LONGEST = { key: 256, value: 16_384 };
/** A value may grow between two calls; one that still does is not what is looked for here. */
const MOST_ATTEMPTS = 5;
/** No value that is looked for here is longer by far. */
const MOST_BYTES = 1024 * 1024;

const functions = lazily(() => {
  const advapi = openLibrary("advapi32.dll");
  const getValue: (key: bigint, path: string, name: string, ...rest: unknown[]) => number = advapi.func(
    "uint32_t __stdcall RegGetValueW(void*, str16, str16, uint32_t, void*, void*, void*)",
  );
  const openKey: (key: bigint, path: string, options: number, rights: number, opened: Buffer) => number = advapi.func(
    "uint32_t __stdcall RegOpenKeyExW(void*, str16, uint32_t, uint32_t, void*)",
  );
  const enumKey: Enumerate = advapi.func(
    "uint32_t __stdcall RegEnumKeyExW(void*, uint32_t, void*, void*, void*, void*, void*, void*)",
  );
  const enumValue: Enumerate = advapi.func(
    "uint32_t __stdcall RegEnumValueW(void*, uint32_t, void*, void*, void*, void*, void*, void*)",
  );
  const closeKey: (key: bigint) => number = advapi.func("uint32_t __stdcall RegCloseKey(void*)");
  return { getValue, openKey, enumKey, enumValue, closeKey };
});

function isAbsent(code: number): boolean {
  return code === ERROR.fileNotFound || code === ERROR.pathNotFound;
}

function value(hive: Hive, key: string, name: string): { type: number; bytes: Buffer } | undefined {
  let bytes = Buffer.alloc(512);
  for (let attempt = 0; attempt < MOST_ATTEMPTS; attempt++) {
    const [type, size] = [dword(), dword(bytes.length)];
    const code = functions().getValue(hive.handle, key, name, ANY_TYPE, type, bytes, size);
    if (code === 0) return { type: type.readUInt32LE(), bytes: bytes.subarray(0, size.readUInt32LE()) };
    if (isAbsent(code)) return undefined;
    if (code !== ERROR.moreData || size.readUInt32LE() > MOST_BYTES)
      throw new Win32Error(`${hive.name}\\${key}, ${name}`, code);
    bytes = Buffer.alloc(2 * Math.max(size.readUInt32LE(), bytes.length));
  }
  throw new Win32Error(`${hive.name}\\${key}, ${name}`, ERROR.moreData);
}

type Enumerate = (key: bigint, index: number, name: Buffer, size: Buffer, ...rest: null[]) => number;

function names(hive: Hive, key: string, enumerate: Enumerate, longest: number): string[] {
  const opened = Buffer.alloc(8);
  const code = functions().openKey(hive.handle, key, 0, LIST, opened);
  if (isAbsent(code)) return [];
  if (code !== 0) throw new Win32Error(`${hive.name}\\${key}`, code);
  const handle = opened.readBigUInt64LE();
  const name = Buffer.alloc(2 * longest);
  try {
    const found: string[] = [];
    for (;;) {
      const answer = enumerate(handle, found.length, name, dword(longest), null, null, null, null);
      if (answer === ERROR.noMoreItems) return found;
      if (answer !== 0) throw new Win32Error(`${hive.name}\\${key}`, answer);
      found.push(wideText(name));
    }
  } finally {
    functions().closeKey(handle);
  }
}

function registryOf(hive: Hive): Registry {
  const ofType = (key: string, name: string, ...types: number[]): Buffer | undefined => {
    const found = value(hive, key, name);
    return found && types.includes(found.type) ? found.bytes : undefined;
  };
  return {
    text(key, name) {
      const found = ofType(key, name, TYPE.text, TYPE.expandable);
      return found && wideText(found);
    },
    texts(key, name) {
      const found = ofType(key, name, TYPE.texts);
      return found?.toString("utf16le").split("\0").filter(Boolean);
    },
    number(key, name) {
      const found = ofType(key, name, TYPE.number, TYPE.bytes);
      return found?.length === 4 ? found.readUInt32LE() : undefined;
    },
    bytes: (key, name) => ofType(key, name, TYPE.bytes),
    keys: (key) => names(hive, key, functions().enumKey, LONGEST.key),
    values: (key) => names(hive, key, functions().enumValue, LONGEST.value),
  };
}

/** What concerns this host: HKEY_LOCAL_MACHINE. */
export const localRegistry: Registry = registryOf({ handle: HKEY_LOCAL_MACHINE, name: "HKLM" });

/** Its users' own settings, of those whose hives are loaded: HKEY_USERS, by security identifier. */
export const usersRegistry: Registry = registryOf({ handle: HKEY_USERS, name: "HKU" });
