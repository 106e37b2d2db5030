import { byText } from "@portolan/graph";
import type { GroupEdge, PlanConfig } from "./types.ts";
import type { Unit } from "./units.ts";

export interface Placement {
  /** Positions of units, by wave. */
  waves: number[][];
  warnings: string[];
}

interface OpenWave {
  units: number[];
  servers: number;
  dataGB: number;
}

/**
 * Best-fit decreasing (Johnson 1974): the largest unit first, each into the fullest wave that still takes it; of equally full
 * ones into that with most dependencies on it. A unit larger than a wave may be gets its own, with a warning.
 * O(units × waves + edges).
 */
export function placeUnits(
  units: readonly Unit[],
  apart: readonly [number, number][],
  edges: readonly GroupEdge[],
  { maxServersPerWave, maxDataGBPerWave = Infinity }: PlanConfig,
): Placement {
  const ties = tiesBetween(units, edges);
  const rivals = new Map<number, Set<number>>();
  for (const [a, b] of apart) {
    rivals.set(a, (rivals.get(a) ?? new Set()).add(b));
    rivals.set(b, (rivals.get(b) ?? new Set()).add(a));
  }
  const warnings: string[] = [];
  const waves: OpenWave[] = [];
  for (const position of largestFirst(units)) {
    const unit = units[position];
    if (!unit) continue;
    const { servers, dataGB } = unit;
    // Nothing joins it later either: its wave is over the limit from the start.
    if (servers > maxServersPerWave || dataGB > maxDataGBPerWave) {
      const size = servers > maxServersPerWave ? `${servers} servers` : `${dataGB} GB`;
      const limit = servers > maxServersPerWave ? maxServersPerWave : `${maxDataGBPerWave} GB`;
      warnings.push(`${unit.names.join(", ")}: ${size}, more than the ${limit} of a wave; it gets a wave of its own`);
    }
    const fits = (wave: OpenWave): boolean =>
      wave.servers + servers <= maxServersPerWave &&
      wave.dataGB + dataGB <= maxDataGBPerWave &&
      !wave.units.some((other) => rivals.get(position)?.has(other));
    const tied = (wave: OpenWave): number =>
      wave.units.reduce((sum, other) => sum + (ties.get(position)?.get(other) ?? 0), 0);
    // The sort is stable: of equals the first wave stays first.
    const [best] = waves.filter(fits).sort((a, b) => b.servers - a.servers || tied(b) - tied(a));
    if (best) {
      best.units.push(position);
      best.servers += servers;
      best.dataGB += dataGB;
    } else waves.push({ units: [position], servers, dataGB });
  }
  return { waves: waves.map((wave) => wave.units), warnings };
}

function largestFirst(units: readonly Unit[]): number[] {
  const groupOf = (position: number): string => units[position]?.groups[0] ?? "";
  const sizeOf = (position: number, size: "servers" | "onDisksGB"): number => units[position]?.[size] ?? 0;
  return [...units.keys()].sort(
    (a, b) =>
      sizeOf(b, "servers") - sizeOf(a, "servers") ||
      // That a controller's disks are not copied must not put it behind those who need it.
      sizeOf(b, "onDisksGB") - sizeOf(a, "onDisksGB") ||
      byText(groupOf(a), groupOf(b)),
  );
}

function tiesBetween(units: readonly Unit[], edges: readonly GroupEdge[]): Map<number, Map<number, number>> {
  const unitOf = new Map(units.flatMap((unit, position) => unit.groups.map((group) => [group, position] as const)));
  const ties = new Map<number, Map<number, number>>();
  const add = (from: number, to: number, dependencies: number): void => {
    let row = ties.get(from);
    if (!row) ties.set(from, (row = new Map()));
    row.set(to, (row.get(to) ?? 0) + dependencies);
  };
  for (const { a, b, dependencies } of edges) {
    const [from, to] = [unitOf.get(a), unitOf.get(b)];
    if (from === undefined || to === undefined) continue;
    add(from, to, dependencies);
    add(to, from, dependencies);
  }
  return ties;
}
