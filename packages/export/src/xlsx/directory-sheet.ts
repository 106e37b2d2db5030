import type { DirectoryRow } from "../directory/directory-row.ts";
import { cellList, cellText, cellTime } from "./cell-text.ts";
import type { Column } from "./sheet.ts";

const text = (content: string | undefined) => (content === undefined ? undefined : cellText(content));

/** A line a port, controller, host, account or address; the filter on the first column tells them apart. */
export const DIRECTORY_COLUMNS: readonly Column<DirectoryRow>[] = [
  { header: "Part", width: 14, kind: "text", content: (row) => row.part },
  { header: "Host, zones or segment", width: 20, widest: 34, kind: "text", content: (row) => text(row.subject) },
  { header: "What", width: 24, widest: 40, kind: "text", content: (row) => text(row.what) },
  { header: "State", width: 20, widest: 28, kind: "text", content: (row) => text(row.state) },
  { header: "Detail", width: 60, kind: "text", content: (row) => cellList(row.detail) },
  { header: "Domain", width: 16, widest: 28, kind: "text", content: (row) => text(row.domain) },
  { header: "AD site", width: 13, widest: 24, kind: "text", content: (row) => text(row.site) },
  { header: "First seen (UTC)", width: 17, kind: "time", content: (row) => cellTime(row.firstSeen) },
  { header: "Last seen (UTC)", width: 17, kind: "time", content: (row) => cellTime(row.lastSeen) },
  { header: "Connections", width: 13, kind: "integer", content: (row) => row.connections },
  { header: "Evidence", width: 52, kind: "text", content: (row) => cellList(row.evidence) },
];
