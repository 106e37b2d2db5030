import type { Alignment, Borders, Fill, Font, Style } from "@cj-tech-master/excelts";

const FONT_NAME = "Calibri";

const fill = (argb: string): Fill => ({ type: "pattern", pattern: "solid", fgColor: { argb } });
const font = (more: Partial<Font> = {}): Partial<Font> => ({ name: FONT_NAME, size: 10, ...more });

const hair = { style: "thin", color: { argb: "FFD0D7DE" } } as const;
const grid: Partial<Borders> = { top: hair, left: hair, bottom: hair, right: hair };

/** Indents keep an amount apart from the text of the next column. */
const amount: Partial<Alignment> = { vertical: "top", horizontal: "right", indent: 1 };
const wrapped: Partial<Alignment> = { vertical: "top", wrapText: true };
const inTable: Partial<Alignment> = { ...wrapped, horizontal: "left", indent: 1 };

/** Every look that the sheets use, so that they look alike. */
export const STYLES = {
  title: { font: font({ size: 18, bold: true, color: { argb: "FF1F3A5F" } }) },
  warning: {
    font: font({ size: 12, bold: true, color: { argb: "FFFFFFFF" } }),
    fill: fill("FFC00000"),
    alignment: { vertical: "middle", wrapText: true },
  },
  section: {
    font: font({ size: 12, bold: true, color: { argb: "FF1F3A5F" } }),
    border: { bottom: { style: "medium", color: { argb: "FF1F3A5F" } } },
  },
  label: { font: font({ bold: true }), alignment: wrapped },
  note: { font: font({ italic: true, color: { argb: "FF57606A" } }), alignment: wrapped },
  header: {
    font: font({ bold: true, color: { argb: "FFFFFFFF" } }),
    fill: fill("FF1F3A5F"),
    border: grid,
    alignment: { vertical: "middle", wrapText: true, horizontal: "left", indent: 1 },
  },
  text: { font: font(), border: grid, alignment: inTable, numFmt: "@" },
  integer: { font: font(), border: grid, alignment: amount, numFmt: "#,##0" },
  /** Digits without separator: a port or a rule number is a name, not an amount. */
  number: { font: font(), border: grid, alignment: amount, numFmt: "0" },
  time: {
    font: font(),
    border: grid,
    alignment: inTable,
    numFmt: "yyyy-mm-dd hh:mm",
  },
  plainText: { font: font(), alignment: wrapped, numFmt: "@" },
  plainInteger: { font: font(), alignment: { vertical: "top", horizontal: "left" }, numFmt: "#,##0" },
  plainTime: { font: font(), alignment: { vertical: "top", horizontal: "left" }, numFmt: 'yyyy-mm-dd hh:mm "UTC"' },
  matrixCount: { font: font(), border: grid, alignment: { horizontal: "center" }, numFmt: "#,##0" },
  matrixFilled: {
    font: font({ bold: true }),
    border: grid,
    fill: fill("FFDDEBF7"),
    alignment: { horizontal: "center" },
    numFmt: "#,##0",
  },
  matrixDiagonal: {
    font: font({ color: { argb: "FF57606A" } }),
    border: grid,
    fill: fill("FFD9D9D9"),
    alignment: { horizontal: "center" },
    numFmt: "#,##0",
  },
} as const satisfies Record<string, Partial<Style>>;
