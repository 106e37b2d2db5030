import { csv } from "../csv.ts";
import type { FirewallDocument } from "../firewall-document.ts";
import { rfc3339 } from "../text.ts";
import type { DirectoryRow } from "./directory-row.ts";
import { directoryRows } from "./directory-rows.ts";

const HEADER = [
  "part",
  "subject",
  "what",
  "state",
  "detail",
  "domain",
  "ad_site",
  "first_seen",
  "last_seen",
  "connections",
  "evidence",
];

const timeText = (ms: number | undefined) => (ms === undefined ? undefined : rfc3339(ms));

function* cells(rows: readonly DirectoryRow[]) {
  for (const { part, subject, what, state, detail, domain, site, firstSeen, lastSeen, connections, evidence } of rows) {
    yield [
      part,
      subject,
      what,
      state,
      detail.join("; "),
      domain,
      site,
      timeText(firstSeen),
      timeText(lastSeen),
      connections,
      evidence.join("; "),
    ];
  }
}

/** The sheet "Active Directory" as CSV: the same lines and words. */
export function directoryCsv({ directory, hosts, ruleSet }: FirewallDocument): Generator<string> {
  return csv(HEADER, cells(directoryRows(directory, hosts, ruleSet)));
}
