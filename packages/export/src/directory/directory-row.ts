/** One line of the sheet; `part` says what kind of thing it is about. */
export interface DirectoryRow {
  part: "bundle" | "port" | "controller" | "host" | "authenticates" | "account" | "address" | "segment";
  /** Host, zones or segment. */
  subject: string;
  what: string;
  state: string;
  detail: string[];
  domain?: string;
  site?: string;
  firstSeen?: number;
  lastSeen?: number;
  /** Of bundles and their ports, where any was seen. */
  connections?: number;
  evidence: string[];
}
