import { byText } from "@portolan/graph";
import type { ZonePair } from "./cells.ts";
import type { MatrixCell } from "./types.ts";

/** Zone × zone counts of every pair that was seen, the diagonal included, sorted by zones. */
export function zoneMatrix(counted: Iterable<{ pair: ZonePair; rules: number }>): MatrixCell[] {
  return [...counted]
    .map(({ pair: { sourceZone, destinationZone, dependencies, connections }, rules }) => ({
      sourceZone,
      destinationZone,
      rules,
      dependencies,
      connections,
    }))
    .sort((a, b) => byText(a.sourceZone, b.sourceZone) || byText(a.destinationZone, b.destinationZone));
}
