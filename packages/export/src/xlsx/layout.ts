/** Points; a row can be no higher (Excel's specifications and limits). */
const HIGHEST_ROW = 409;
const LINE_HEIGHT = 13;
const ROW_PADDING = 3;

/** Characters of text in a unit of column width: letters are narrower than the digit that is the unit, but words break early. */
const FILLED = 1.05;

/** Letters of Hangul, Han and Kana take two columns. */
const WIDE = /[\u1100-\u115F\u2E80-\uA4CF\uAC00-\uD7A3\uF900-\uFAFF\uFE30-\uFE6F\uFF00-\uFF60\uFFE0-\uFFE6]/g;

function textWidth(line: string): number {
  return line.length + (line.match(WIDE)?.length ?? 0);
}

/** Width of the longest line of a text, in characters. */
export function widestLine(text: string): number {
  let widest = 0;
  for (const line of text.split("\n")) widest = Math.max(widest, textWidth(line));
  return widest;
}

function linesIn(text: string, columnWidth: number): number {
  const room = Math.max(1, columnWidth * FILLED);
  let lines = 0;
  for (const line of text.split("\n")) lines += Math.max(1, Math.ceil(textWidth(line) / room));
  return lines;
}

/**
 * Height in points that a row of wrapped texts needs. Written into the file, because a program that opens it does not
 * always fit the heights itself: LibreOffice draws the lines over each other.
 */
export function rowHeight(cells: readonly { text: string; columnWidth: number }[]): number {
  let most = 1;
  for (const cell of cells) most = Math.max(most, linesIn(cell.text, cell.columnWidth));
  return Math.min(HIGHEST_ROW, most * LINE_HEIGHT + ROW_PADDING);
}
