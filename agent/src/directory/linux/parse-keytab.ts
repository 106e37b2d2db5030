/** One entry of a keytab, without its key. */
export interface KeytabEntry {
  /** `M1$`, `host/m1.corp.example`. */
  name: string;
  realm: string;
  keyVersion: number;
  /** When the key was put here: seconds since 1970 UTC; 0 where whoever wrote it didn't say. */
  timestamp: number;
}

export interface Keytab {
  entries: KeytabEntry[];
  /** Why it holds no more than this. */
  trouble?: string;
}

/** First byte of every keytab; the second is the version. */
const MAGIC = 0x05;
/** Names of principals are short; longer ones would be something else read as a name. */
const LONGEST_NAME = 255;
const MOST_COMPONENTS = 16;
const MOST_ENTRIES = 4096;

/**
 * The principals of a keytab; keys are passed over and never decoded. Format: MIT Kerberos, "Keytab file format".
 * Version 1 is in the byte order of who wrote it, taken for little-endian.
 *
 * A truncated, damaged or foreign file gives what could be read before that place, and says why there is no more.
 */
export function parseKeytab(bytes: Uint8Array): Keytab {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const version = bytes[1];
  if (bytes.length < 2 || bytes[0] !== MAGIC || (version !== 1 && version !== 2)) {
    return { entries: [], trouble: "not a keytab: expected it to begin with 05 01 or 05 02" };
  }
  const entries: KeytabEntry[] = [];
  let at = 2;
  while (at < bytes.length) {
    if (at + 4 > bytes.length) return { entries, trouble: `cut off before entry ${entries.length + 1}` };
    if (entries.length === MOST_ENTRIES) return { entries, trouble: `more than ${MOST_ENTRIES} entries` };
    const size = view.getInt32(at, version === 1);
    at += 4;
    // The file may end in zeros; a negative size is the room of a deleted entry.
    if (size === 0) break;
    if (size > 0) {
      if (at + size > bytes.length) return { entries, trouble: `cut off in entry ${entries.length + 1}` };
      const entry = parseEntry(bytes.subarray(at, at + size), version);
      if (entry === undefined) return { entries, trouble: `entry ${entries.length + 1} makes no sense` };
      entries.push(entry);
    }
    at += Math.abs(size);
  }
  return at > bytes.length ? { entries, trouble: "cut off in a deleted entry" } : { entries };
}

function parseEntry(bytes: Uint8Array, version: 1 | 2): KeytabEntry | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const isLittle = version === 1;
  let at = 0;
  const has = (count: number): boolean => at + count <= bytes.length;
  const short = (): number => {
    at += 2;
    return view.getUint16(at - 2, isLittle);
  };
  const text = (): string | undefined => {
    if (!has(2)) return undefined;
    const length = short();
    if (!has(length)) return undefined;
    at += length;
    return nameOf(bytes.subarray(at - length, at));
  };
  if (!has(2)) return undefined;
  // Version 1 counts the realm among the components.
  const count = short() - (isLittle ? 1 : 0);
  if (count < 1 || count > MOST_COMPONENTS) return undefined;
  const realm = text();
  const components = Array.from({ length: count }, text);
  if (!isLittle) at += 4;
  if (realm === undefined || components.includes(undefined) || !has(4 + 1 + 2 + 2)) return undefined;
  const timestamp = view.getUint32(at, isLittle);
  const shortVersion = view.getUint8(at + 4);
  at += 7;
  // The key itself: only its length is of use, to find what follows it.
  const keyLength = short();
  if (!has(keyLength)) return undefined;
  at += keyLength;
  const longVersion = has(4) ? view.getUint32(at, isLittle) : 0;
  return { name: components.join("/"), realm, keyVersion: longVersion || shortVersion, timestamp };
}

/** Printable text only: where the lengths of a damaged file lead into a key, it must not pass for a name. */
function nameOf(bytes: Uint8Array): string | undefined {
  if (bytes.length === 0 || bytes.length > LONGEST_NAME) return undefined;
  try {
    const name = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    return /^[\p{L}\p{N}\p{P}\p{S}\p{M} ]+$/u.test(name) ? name : undefined;
  } catch {
    return undefined;
  }
}
