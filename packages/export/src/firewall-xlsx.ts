import type { Writable } from "node:stream";
import { WorkbookWriter } from "@cj-tech-master/excelts";
import { directoryRows } from "./directory/directory-rows.ts";
import { rulePlaces } from "./firewall-document.ts";
import type { FirewallDocument } from "./firewall-document.ts";
import { hostNames } from "./host-names.ts";
import { unmanagedPeers } from "./unmanaged-peers.ts";
import { dependencyColumns } from "./xlsx/dependencies-sheet.ts";
import { DIRECTORY_COLUMNS } from "./xlsx/directory-sheet.ts";
import { addMatrixSheet } from "./xlsx/matrix-sheet.ts";
import { ruleParts } from "./xlsx/rule-parts.ts";
import { RULE_COLUMNS } from "./xlsx/rules-sheet.ts";
import { addTable } from "./xlsx/sheet.ts";
import { COVERAGE_COLUMNS, LEFT_OUT_COLUMNS, PEER_COLUMNS } from "./xlsx/small-sheets.ts";
import { addSummarySheet } from "./xlsx/summary-sheet.ts";

/**
 * Writes the firewall requirement spreadsheet and ends the stream; resolves when the stream has it all, rejects with
 * the stream's error. Rows go out as they are made, so that memory holds the texts that differ, not the cells. All text
 * stands in string cells: nothing that a host, process or zone is called becomes a formula. The same document gives the
 * same sheets; only the file times inside the archive differ.
 */
export async function writeFirewallXlsx(document: FirewallDocument, stream: Writable): Promise<void> {
  const { ruleSet, dependencies, hosts, coverage } = document;
  const workbook = new WorkbookWriter({
    stream,
    useStyles: true,
    useSharedStrings: true,
    created: new Date(document.generatedAt),
    creator: "Portolan",
    lastModifiedBy: "Portolan",
  });
  const placeOf = rulePlaces(ruleSet);
  addSummarySheet(workbook, document, placeOf);
  addMatrixSheet(workbook, ruleSet);
  await addTable(workbook, "Rules", RULE_COLUMNS, ruleSet.rules.flatMap(ruleParts), { frozenColumns: 2 });
  await addTable(workbook, "Dependencies", dependencyColumns(hostNames(hosts), placeOf), dependencies, {
    frozenColumns: 1,
  });
  await addTable(workbook, "Not in any rule", LEFT_OUT_COLUMNS, ruleSet.unzoned);
  await addTable(workbook, "Unmanaged peers", PEER_COLUMNS, unmanagedPeers(dependencies, hosts), { frozenColumns: 1 });
  const rows = directoryRows(document.directory, hosts, ruleSet);
  await addTable(workbook, "Active Directory", DIRECTORY_COLUMNS, rows, { frozenColumns: 2 });
  await addTable(workbook, "Coverage", COVERAGE_COLUMNS, coverage.hosts, { frozenColumns: 1 });
  await workbook.commit();
}
