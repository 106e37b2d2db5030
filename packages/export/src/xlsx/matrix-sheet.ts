import type { WorkbookWriter } from "@cj-tech-master/excelts";
import type { MatrixCell, RuleSet } from "@portolan/firewall";
import { matrixZones } from "../firewall-json.ts";
import { cellText } from "./cell-text.ts";
import { addSheet, setCell } from "./sheet.ts";
import { STYLES } from "./styles.ts";

function note(ruleSet: RuleSet): string {
  const kept =
    ruleSet.scope === "all"
      ? "they are on the Rules sheet too."
      : "they need no firewall and are not on the Rules sheet.";
  const zones = ruleSet.zonesAreSegments ? " No zones were given: network segments stand in for them." : "";
  return `Read a row as the source, a column as the destination. Grey: rules within one zone; ${kept}${zones}`;
}

/** Source zones down, destination zones across: first the number of rules, below it the number of dependencies. */
export function addMatrixSheet(workbook: WorkbookWriter, ruleSet: RuleSet): void {
  const zones = matrixZones(ruleSet);
  const cells = new Map(ruleSet.matrix.map((cell) => [`${cell.sourceZone}\n${cell.destinationZone}`, cell]));
  const sheet = addSheet(workbook, "Zone matrix", [24, ...zones.map(() => 14)], { frozenRows: 1, frozenColumns: 1 });
  let line = 1;

  function addBlock(title: string, count: (cell: MatrixCell) => number): void {
    const header = sheet.getRow(line++);
    [title, ...zones].forEach((text, index) => setCell(header, index + 1, cellText(text), STYLES.header));
    header.height = 34;
    header.commit();
    for (const source of zones) {
      const row = sheet.getRow(line++);
      setCell(row, 1, cellText(source), STYLES.header);
      zones.forEach((destination, index) => {
        const cell = cells.get(`${source}\n${destination}`);
        const amount = cell === undefined ? 0 : count(cell);
        const filled = amount > 0 ? STYLES.matrixFilled : STYLES.matrixCount;
        const style = source === destination ? STYLES.matrixDiagonal : filled;
        setCell(row, index + 2, amount > 0 ? amount : undefined, style);
      });
      row.commit();
    }
  }

  addBlock("Rules\nfrom ↓   to →", (cell) => cell.rules);
  line++;
  addBlock("Dependencies\nfrom ↓   to →", (cell) => cell.dependencies);
  line++;
  const last = sheet.getRow(line);
  setCell(last, 1, note(ruleSet), { ...STYLES.note, alignment: { wrapText: false } });
  last.commit();
  sheet.commit();
}
