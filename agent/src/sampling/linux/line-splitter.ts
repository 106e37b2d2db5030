/** Longest line that is waited for; ss writes less than 1 kB. */
const LONGEST_LINE = 64 * 1024;

/** A line that does not begin with white space; those after it belong to it. */
const ROW_START = /^(?=\S)/gm;

/** Whole lines out of a stream that comes in pieces; an endless line is thrown away. */
export function createLineSplitter() {
  let rest = "";
  return {
    /** The text of all lines that the piece completed. */
    push(piece: string): string {
      const text = rest + piece;
      const end = text.lastIndexOf("\n") + 1;
      rest = text.length - end > LONGEST_LINE ? "" : text.slice(end);
      return text.slice(0, end);
    },
    /** What came without a line's end is of no use once the stream is over. */
    reset: () => void (rest = ""),
  };
}

/**
 * Whole rows out of whole lines, where a row may go on in lines that begin with white space: the last row is held back,
 * as its next line may come in a piece of its own.
 */
export function createRowSplitter() {
  let held = "";
  let isOld = false;
  const release = (start: number, text = held): string => {
    held = text.length - start > LONGEST_LINE ? "" : text.slice(start);
    return text.slice(0, start);
  };
  return {
    /** The text of all rows that the lines completed. */
    push(lines: string): string {
      isOld = false;
      const text = held + lines;
      return release([...text.matchAll(ROW_START)].at(-1)?.index ?? 0, text);
    },
    /** The row that is held, if nothing came since the last call. */
    pushNothing(): string {
      const row = isOld ? release(held.length) : "";
      isOld = true;
      return row;
    },
    /** The row that is held, as the stream is over. */
    end: () => release(held.length),
  };
}
