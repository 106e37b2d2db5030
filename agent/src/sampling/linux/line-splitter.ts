/** Longest line that is waited for; ss writes less than 1 kB. */
const LONGEST_LINE = 64 * 1024;

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
