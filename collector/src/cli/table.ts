/** Characters that move a terminal's cursor or turn its text around. */
const CONTROL = /[\p{Cc}\p{Bidi_Control}]/gu;
/** Two columns wide in a terminal (Unicode Standard Annex 11, East Asian Width W and F, by blocks). */
const WIDE =
  /[\u1100-\u115F\u2E80-\u303E\u3041-\uA4CF\uA960-\uA97F\uAC00-\uD7A3\uF900-\uFAFF\uFE30-\uFE6F\uFF00-\uFF60\uFFE0-\uFFE6\u{1F300}-\u{1FAFF}\u{20000}-\u{3FFFD}]/gu;
const WITHOUT_WIDTH = /\p{Mn}/gu;

/** What hosts and files tell, fit for one line of a terminal: line ends and tabs become a space, other controls U+FFFD. */
export function oneLine(text: string): string {
  return text.replace(/[\r\n\t\u2028\u2029]+/g, " ").replace(CONTROL, "\uFFFD");
}

function widthOf(text: string): number {
  const characters = [...text].length;
  return characters + (text.match(WIDE)?.length ?? 0) - (text.match(WITHOUT_WIDTH)?.length ?? 0);
}

/** A table with aligned columns, a row a line; numbers stand right. */
export function table(header: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  const cells = [header, ...rows].map((row) => row.map((cell) => oneLine(String(cell))));
  const sizes = cells.map((row) => row.map(widthOf));
  const widths = header.map((_, column) => sizes.reduce((most, row) => Math.max(most, row[column] ?? 0), 0));
  const right = header.map((_, column) => rows.length > 0 && rows.every((row) => typeof row[column] === "number"));
  return cells
    .map((row, line) =>
      row
        .map((cell, column) => {
          const room = " ".repeat((widths[column] ?? 0) - (sizes[line]?.[column] ?? 0));
          return right[column] ? room + cell : cell + room;
        })
        .join("  ")
        .trimEnd(),
    )
    .map((line) => `${line}\n`)
    .join("");
}
