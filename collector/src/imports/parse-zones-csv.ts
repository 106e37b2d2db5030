import type { Zone, ZoneKind } from "@portolan/graph";
import type { BadLine, Parsed } from "./bad-line.ts";
import { checkRange } from "./check-range.ts";
import { tooLong } from "./check-length.ts";
import { findZoneProblems } from "./check-zones.ts";
import { DEFAULT_SITE } from "./default-site.ts";
import { parsed } from "./parsed.ts";
import { readTable } from "./read-table.ts";

const COLUMNS = { required: ["zone", "cidr"], optional: ["site", "kind", "description"] } as const;
/** As in the API, by which the zones are read again. */
const LONGEST = { zone: 255, site: 255, description: 1024 } as const;
const MOST_RANGES = 10_000;
const KINDS: readonly ZoneKind[] = ["servers", "clients", "external"];

/** zones.csv: `zone,cidr,site,kind,description`. A line that only repeats an earlier one is left out. */
export function parseZonesCsv(bytes: Uint8Array): Parsed<Zone[]> {
  const { rows, bad } = readTable<"zone" | "cidr" | "site" | "kind" | "description">(bytes, COLUMNS);
  const problems: BadLine[] = [...bad];
  const zones = rows.map(({ line, cells }): Zone => {
    const kind = cells.kind === "" ? "servers" : KINDS.find((known) => known === cells.kind.toLowerCase());
    if (cells.zone === "") problems.push({ line, column: "zone", value: "", reason: "expected the zone's name" });
    problems.push(...tooLong(line, cells, LONGEST));
    if (!kind) {
      problems.push({ line, column: "kind", value: cells.kind, reason: `expected ${KINDS.join(", ")} or nothing` });
    }
    return {
      name: cells.zone,
      cidr: cells.cidr,
      site: cells.site === "" ? DEFAULT_SITE : cells.site,
      kind: kind ?? "servers",
      ...(cells.description !== "" && { description: cells.description }),
    };
  });
  const lineOf = (index: number) => rows[index]?.line ?? 1;
  for (const { index, ...problem } of findZoneProblems(zones, (index) => `line ${lineOf(index)}`)) {
    problems.push({ line: lineOf(index), ...problem });
  }
  if (rows.length > MOST_RANGES) {
    const reason = `expected at most ${MOST_RANGES} ranges, got ${rows.length}`;
    problems.push({ line: lineOf(MOST_RANGES), value: "", reason });
  }
  return parsed(problems.length > 0 ? [] : withoutRepeats(zones), problems);
}

function withoutRepeats(zones: readonly Zone[]): Zone[] {
  const byRange = new Map<string, Zone>();
  for (const zone of zones) {
    const checked = checkRange(zone.cidr);
    if ("reason" in checked) continue;
    const key = JSON.stringify([zone.site, checked.range]);
    if (!byRange.has(key)) byRange.set(key, { ...zone, cidr: checked.range });
  }
  return [...byRange.values()];
}
