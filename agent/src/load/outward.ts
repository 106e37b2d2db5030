import { isHostLocal } from "../inventory/facts.ts";
import type { LoadReading } from "./load-reader.ts";

interface CountedInterface {
  name: string;
  bytesIn: number;
  bytesOut: number;
}

/**
 * Those that lead out of the host. Where any is a card, the others are made of it (bonds, teams, VLANs, bridges, virtual
 * switches) or of nothing (tunnels): their bytes would count twice.
 */
export function outward<Row extends CountedInterface>(
  rows: readonly Row[],
  isCard: (row: Row) => boolean,
): LoadReading["interfaces"] {
  const leading = rows.filter(({ name }) => !isHostLocal(name));
  const cards = leading.filter(isCard);
  return new Map(
    (cards.length > 0 ? cards : leading).map(({ name, bytesIn, bytesOut }) => [name, { bytesIn, bytesOut }]),
  );
}
