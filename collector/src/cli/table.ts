import stringWidth from "string-width";

/** Characters that move a terminal's cursor or turn its text around. */
const CONTROL = /[\p{Cc}\p{Bidi_Control}]/gu;

/** What hosts and files tell, fit for one line of a terminal: line ends and tabs become a space, other controls U+FFFD. */
export function oneLine(text: string): string {
  return text.replace(/[\r\n\t\u2028\u2029]+/g, " ").replace(CONTROL, "\uFFFD");
}

/** A table with aligned columns, a row a line; numbers stand right. */
export function table(header: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  const cells = [header, ...rows].map((row) => row.map((cell) => oneLine(String(cell))));
  const sizes = cells.map((row) => row.map((cell) => stringWidth(cell)));
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
