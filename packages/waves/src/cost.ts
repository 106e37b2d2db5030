import type { GroupEdge, Plan, Wave } from "./types.ts";

const WEEK_MS = 7 * 24 * 3600 * 1000;

export interface PlanCost extends Pick<Plan, "cost"> {
  /** Dependencies between groups that are in waves, cut or not. */
  dependencies: number;
  /** Dependencies cut, by group. */
  cutByGroup: Map<string, number>;
}

/**
 * What it costs that groups move in different waves:
 *
 * - `cut`: dependencies between groups in different waves
 * - `exposureWeeks`: for each of these the weeks between the starts of the two waves, summed; 0 without calendar
 * - `temporaryRules`: for now one per cut dependency; the bill of firewall rules will consolidate them
 *
 * O(edges).
 */
export function costOf(waves: readonly Wave[], edges: readonly GroupEdge[]): PlanCost {
  const waveOf = new Map(waves.flatMap((wave) => wave.groups.map((group) => [group, wave] as const)));
  const cutByGroup = new Map<string, number>();
  let dependencies = 0;
  let cut = 0;
  let exposureWeeks = 0;
  for (const edge of edges) {
    const [one, other] = [waveOf.get(edge.a), waveOf.get(edge.b)];
    if (!one || !other) continue;
    dependencies += edge.dependencies;
    if (one === other) continue;
    cut += edge.dependencies;
    if (one.start !== undefined && other.start !== undefined) {
      exposureWeeks += (edge.dependencies * Math.abs(Date.parse(one.start) - Date.parse(other.start))) / WEEK_MS;
    }
    for (const group of [edge.a, edge.b]) cutByGroup.set(group, (cutByGroup.get(group) ?? 0) + edge.dependencies);
  }
  const cost = { cut, exposureWeeks: Math.round(exposureWeeks * 100) / 100, temporaryRules: cut };
  return { cost, dependencies, cutByGroup };
}
