import type { BadLine } from "./bad-line.ts";

/** The cells of a line that are longer than what a name or a note may be: a lost quote swallows half a file. */
export function tooLong<Column extends string>(
  line: number,
  cells: Record<Column, string>,
  limits: Partial<Record<Column, number>>,
): BadLine[] {
  return (Object.entries(limits) as [Column, number][])
    .filter(([column, limit]) => cells[column].length > limit)
    .map(([column, limit]) => {
      const reason = `expected at most ${limit} characters, got ${cells[column].length}`;
      return { line, column, value: cells[column].slice(0, 60), reason };
    });
}
