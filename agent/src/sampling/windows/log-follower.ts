import { closeSync, openSync, readSync, statSync } from "node:fs";

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
  let isFirstLook = true;

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

  function rest(from: string, at: Place, isNewFile: boolean): LogGrowth {
    const text = readText(from, at.offset, MOST_AT_ONCE);
    at.offset += text.length;
    return { text, isNewFile };
  }

  function read(): { growth: LogGrowth[]; gap: boolean } {
    const isBegun = !isFirstLook;
    isFirstLook = false;
    const found = fileAt(file);
    if (place === undefined && !isBegun) return { growth: begin(), gap: false };
    if (place !== undefined && found.identity === place.identity && found.size >= place.offset) {
      return { growth: [rest(file, place, false)], gap: false };
    }
    const growth: LogGrowth[] = [];
    let gap = false;
    if (place !== undefined) {
      const renamed = attempt(() => fileAt(oldFile));
      if (renamed?.identity === place.identity) {
        growth.push(rest(oldFile, place, false));
        if (place.offset < renamed.size) return { growth, gap };
      } else gap = true;
    }
    place = { identity: found.identity, offset: 0 };
    growth.push(rest(file, place, true));
    return { growth, gap };
  }

  return { read };
}

function fileAt(file: string): { identity: string; size: number } {
  const { dev, ino, birthtimeMs, size } = statSync(file);
  return { identity: `${dev} ${ino} ${birthtimeMs}`, size };
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
