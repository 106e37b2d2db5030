import { type Dependency, sortedText } from "@portolan/graph";
import type { RuleEvidence } from "./types.ts";

/** What the dependencies behind a rule add up to. O(dependencies × days). */
export function evidenceOf(dependencies: readonly Dependency[]): RuleEvidence {
  const days = new Set<string>();
  const ends = { client: 0, server: 0, both: 0 };
  let connections = 0;
  let firstSeen = Infinity;
  let lastSeen = -Infinity;
  for (const dependency of dependencies) {
    for (const day of dependency.days) days.add(day);
    ends[dependency.ends] += 1;
    connections += dependency.connections;
    firstSeen = Math.min(firstSeen, dependency.firstSeen);
    lastSeen = Math.max(lastSeen, dependency.lastSeen);
  }
  return {
    flows: dependencies.length,
    connections,
    firstSeen,
    lastSeen,
    days: days.size,
    ends,
    dependencies: sortedText(dependencies.map((dependency) => dependency.id)),
  };
}
