import { printable } from "../text.ts";

/** The most UTF-16 units that a cell of an XLSX file may hold (ECMA-376; Excel's specifications and limits). */
const CELL_LIMIT = 32_767;

/** Lists longer than this are written as running text: the highest row shows no more lines. */
const MOST_LINES = 28;

/** A line end becomes a line feed. */
const inCell = (text: string) => printable(text).replace(/\r\n?/g, "\n");

/** Text fit for a cell; what is too long is cut, and says by how much. */
export function cellText(text: string): string {
  const clean = inCell(text);
  if (clean.length <= CELL_LIMIT) return clean;
  const room = CELL_LIMIT - 40;
  const kept = clean.slice(0, room).toWellFormed();
  return `${kept} … and ${clean.length - room} more characters`;
}

/** A list fit for a cell: an item a line, or running text where there are many; cut between items, with the count of those left out. */
export function cellList(items: readonly string[]): string {
  const separator = items.length > MOST_LINES ? ", " : "\n";
  const room = CELL_LIMIT - 40;
  let text = "";
  for (const [index, item] of items.entries()) {
    const next = (index === 0 ? "" : separator) + inCell(item);
    if (text.length + next.length > room) {
      if (index === 0) return cellText(item);
      return `${text}${separator}… and ${items.length - index} more`;
    }
    text += next;
  }
  return text;
}

/** Milliseconds since 1970 UTC as a cell's time. */
export function cellTime(milliseconds: number | undefined): Date | undefined {
  return milliseconds === undefined ? undefined : new Date(milliseconds);
}
