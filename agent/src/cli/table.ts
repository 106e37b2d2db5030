/** Rows as aligned columns under a heading, each line indented by two; ends with an empty line. */
export function table(heading: string[], rows: string[][]): string {
  const widths = heading.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)));
  const line = (cells: string[]): string =>
    `  ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  ")}`.trimEnd();
  return `${[heading, ...rows].map(line).join("\n")}\n`;
}
