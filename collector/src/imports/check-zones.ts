import type { Zone } from "@portolan/graph";
import { checkRange } from "./check-range.ts";

/** What is wrong with one zone of a list. */
export interface ZoneProblem {
  index: number;
  column: "cidr";
  value: string;
  reason: string;
}

/**
 * Ranges must be networks, and the same range can't lie in two zones of one site; nested ranges are legal.
 * @param place names the zone at an index for the reader, such as "line 3"
 */
export function findZoneProblems(zones: readonly Zone[], place: (index: number) => string): ZoneProblem[] {
  const problems: ZoneProblem[] = [];
  const firstOf = new Map<string, number>();
  for (const [index, { cidr, name, site }] of zones.entries()) {
    const checked = checkRange(cidr);
    if ("reason" in checked) {
      problems.push({ index, column: "cidr", value: cidr, reason: checked.reason });
      continue;
    }
    const key = JSON.stringify([site, checked.range]);
    const first = firstOf.get(key);
    const other = first === undefined ? undefined : zones[first];
    if (first === undefined) firstOf.set(key, index);
    else if (other && other.name !== name) {
      const reason = `${place(first)} puts the range into zone ${other.name}, ${place(index)} into zone ${name}`;
      problems.push({ index, column: "cidr", value: cidr, reason });
    }
  }
  return problems;
}

/** The same for zones that came as JSON: paths such as `items[3].cidr`. */
export function checkZones(zones: readonly Zone[]): { path: string; value: string; reason: string }[] {
  const problems = findZoneProblems(zones, (index) => `items[${index}]`);
  return problems.map(({ index, column, value, reason }) => ({ path: `items[${index}].${column}`, value, reason }));
}
