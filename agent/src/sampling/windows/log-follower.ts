import { closeSync, openSync, readSync, statSync } from "node:fs";
import { codeOf } from "../../errors.ts";

/** Read at one look at most; what is beyond waits for the next. */
const MOST_AT_ONCE = 4 * 1024 * 1024;
/** Neither a log's head nor a row of it is longer. */
const BLOCK = 4096;

/** What a log gained since the look before. */
interface LogGrowth {
  text: string;
  /** The text is of a file that began after the one before. */
  isNewFile: boolean;
}

interface Place {
  /** Volume, index and creation of a file: its name goes to another one when the log is rotated. */
  identity: string;
  offset: number;
}

export interface LogFollower {
  /** In order of writing. `gap`: what was written in between may be lost. Throws where the file can't be read. */
  read(): { growth: LogGrowth[]; gap: boolean };
}

/**
 * Follows a log that gets another name (`.old`) when it is full, and begins anew. Of what stood in it before the first
 * look only the head is told, the lines that begin with `#`. No handle stays open: the log's writer may rename it at
 * any time.
 */
export function createLogFollower(file: string, oldFile: string): LogFollower {
  let place: Place | undefined;
  /** Nobody has looked into it, nor seen that it is not there: how much of it is old is not known. */
  let isUnseen = true;

  function begin(): LogGrowth[] {
    const { identity, size } = fileAt(file);
    const last = readText(file, Math.max(0, size - BLOCK), BLOCK);
    // A row that is half written is told when it is whole.
    place = { identity, offset: size - (last.length - 1 - last.lastIndexOf("\n")) };
    const head = readText(file, 0, BLOCK).split("\n");
    return [
      {
        text: head
          .filter((line) => line.startsWith("#"))
          .join("\n")
          .concat("\n"),
        isNewFile: true,
      },
    ];
  }

  function present(): ReturnType<typeof fileAt> {
    try {
      return fileAt(file);
    } catch (error) {
      // One that comes later is new, all of it.
      if (codeOf(error) === "ENOENT") isUnseen = false;
      throw error;
    }
  }

  function rest(from: string, at: Place, isNewFile: boolean): LogGrowth {
    const text = readText(from, at.offset, MOST_AT_ONCE);
    at.offset += text.length;
    return { text, isNewFile };
  }

  function read(): { growth: LogGrowth[]; gap: boolean } {
    const found = present();
    if (isUnseen) {
      const head = begin();
      isUnseen = false;
      return { growth: head, gap: false };
    }
    if (place !== undefined && found.identity === place.identity && found.size >= place.offset) {
      return { growth: [rest(file, place, false)], gap: false };
    }
    const growth: LogGrowth[] = [];
    let gap = false;
    if (place !== undefined) {
      const renamed = attempt(() => fileAt(oldFile));
      if (renamed?.identity === place.identity) {
        const gained = rest(oldFile, place, false);
        if (gained.text !== "") growth.push(gained);
        if (place.offset < renamed.size) return { growth, gap };
      } else gap = true;
    }
    const next = { identity: found.identity, offset: 0 };
    const fresh = growth.length === 0 ? rest(file, next, true) : attempt(() => rest(file, next, true));
    // What the old file gained is told; the next look says what is in the way of the new one.
    if (fresh === undefined) return { growth, gap };
    place = next;
    growth.push(fresh);
    return { growth, gap };
  }

  return { read };
}

function fileAt(file: string): { identity: string; size: number } {
  // NTFS numbers files with 64 bits, and the new file inherits the creation of the one that was renamed.
  const { dev, ino, birthtimeMs, size } = statSync(file, { bigint: true });
  return { identity: `${dev} ${ino} ${birthtimeMs}`, size: Number(size) };
}

/** A byte a character, so that lengths are offsets. */
function readText(file: string, at: number, most: number): string {
  const descriptor = openSync(file, "r");
  try {
    const bytes = Buffer.alloc(most);
    return bytes.toString("latin1", 0, readSync(descriptor, bytes, 0, most, at));
  } finally {
    closeSync(descriptor);
  }
}

function attempt<Result>(read: () => Result): Result | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
