/** Gives `length` bytes from an offset; fewer where the file ends. */
export type ReadAt = (offset: number, length: number) => Uint8Array;

export interface TdbKeys {
  keys: string[];
  /** Why there are no more. */
  trouble?: string;
}

const MAGIC = "TDB file\n";
/** TDB_VERSION of Samba's lib/tdb, in the byte order of who wrote it. */
const VERSION = 0x26011967 + 6;
const RECORD_MAGIC = 0x26011999;
const RECORD_BYTES = 24;
/** The table of hash chains follows the header; its first word is the list of free room. */
const TABLE_AT = 168;
const MOST_CHAINS = 1_000_000;
const MOST_RECORDS = 20_000;
const LONGEST_KEY = 1024;

/**
 * Names of the records in a trivial database, such as Samba's secrets.tdb. Only headers and keys are asked for: what
 * the records hold never comes into this process. Read without Samba's locks: a chain that changes meanwhile ends early.
 */
export function parseTdbKeys(readAt: ReadAt): TdbKeys {
  const header = viewOf(readAt(0, 48));
  const word = [...MAGIC].map((_, at) => (at < header.byteLength ? header.getUint8(at) : 0));
  if (header.byteLength < 48 || String.fromCharCode(...word) !== MAGIC) {
    return { keys: [], trouble: "not a trivial database" };
  }
  const isLittle = header.getUint32(32, true) === VERSION;
  if (!isLittle && header.getUint32(32) !== VERSION)
    return { keys: [], trouble: "a trivial database of another version" };
  const chains = header.getUint32(36, isLittle);
  if (chains === 0 || chains > MOST_CHAINS) return { keys: [], trouble: "no number of hash chains that can be" };
  const table = viewOf(readAt(TABLE_AT + 4, chains * 4));
  const keys: string[] = [];
  const seen = new Set<number>();
  for (let chain = 0; chain * 4 + 4 <= table.byteLength; chain += 1) {
    let at = table.getUint32(chain * 4, isLittle);
    while (at !== 0) {
      if (seen.has(at)) return { keys, trouble: "its chains run in a circle" };
      if (seen.size === MOST_RECORDS) return { keys, trouble: `more than ${MOST_RECORDS} records` };
      seen.add(at);
      const record = viewOf(readAt(at, RECORD_BYTES));
      if (record.byteLength < RECORD_BYTES || record.getUint32(20, isLittle) !== RECORD_MAGIC) {
        return { keys, trouble: "cut off, or changed while it was read" };
      }
      const keyLength = record.getUint32(8, isLittle);
      if (keyLength <= LONGEST_KEY) keys.push(textOf(readAt(at + RECORD_BYTES, keyLength)));
      at = record.getUint32(0, isLittle);
    }
  }
  return { keys };
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}

/** Samba's keys end in a NUL or not, as the release goes. */
function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("utf8").replace(/\0+$/, "");
}
