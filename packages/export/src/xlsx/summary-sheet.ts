import type { WorkbookWriter } from "@cj-tech-master/excelts";
import type { FirewallDocument, RulePlace } from "../firewall-document.ts";
import { cellText } from "./cell-text.ts";
import { rowHeight } from "./layout.ts";
import { addSheet, setCell } from "./sheet.ts";
import type { CellContent } from "./sheet.ts";
import { STYLES } from "./styles.ts";
import { summaryLines } from "./summary-lines.ts";

const SIMULATED = "SIMULATED EVIDENCE. No real server was observed: do not open a firewall by this file.";

const CONTENT_WIDTH = 110;

function styleOf(content: CellContent) {
  if (content instanceof Date) return STYLES.plainTime;
  return typeof content === "number" ? STYLES.plainInteger : STYLES.plainText;
}

/** The first sheet: what is asked for, with which options, what the evidence spans and what it cannot show. */
export function addSummarySheet(
  workbook: WorkbookWriter,
  document: FirewallDocument,
  placeOf: (dependency: FirewallDocument["dependencies"][number]) => RulePlace,
): void {
  const sheet = addSheet(workbook, "Summary", [26, CONTENT_WIDTH], { frozenRows: 0 });
  let number = 1;
  const title = sheet.getRow(number++);
  setCell(title, 1, "Firewall requirements", STYLES.title);
  title.height = 30;
  title.commit();
  if (document.simulated) {
    const warning = sheet.getRow(number++);
    setCell(warning, 1, "SIMULATED", STYLES.warning);
    setCell(warning, 2, SIMULATED, STYLES.warning);
    warning.height = 28;
    warning.commit();
  }
  for (const item of summaryLines(document, placeOf)) {
    if ("section" in item) {
      number++;
      const row = sheet.getRow(number++);
      setCell(row, 1, item.section, STYLES.section);
      setCell(row, 2, undefined, STYLES.section);
      row.height = 22;
      row.commit();
      continue;
    }
    const { content } = item;
    const row = sheet.getRow(number++);
    setCell(row, 1, cellText(item.label), STYLES.label);
    setCell(row, 2, typeof content === "string" ? cellText(content) : content, styleOf(content));
    if (typeof content === "string") row.height = rowHeight([{ text: content, columnWidth: CONTENT_WIDTH }]);
    row.commit();
  }
  sheet.commit();
}
