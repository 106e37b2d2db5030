import { isHostLocal } from "../../inventory/facts.ts";
import type { LoadReading } from "../load-reader.ts";
import type { InterfaceRow } from "./parse-load.ts";

/**
 * Those that lead out of the host. Where any is a card, the others are made of it (teams, virtual switches) or of nothing
 * (tunnels): their bytes would count twice, as those of filters would.
 */
export function outward(all: readonly InterfaceRow[]): LoadReading["interfaces"] {
  const leading = all.filter(({ name, isLoopback, isFilter }) => !isLoopback && !isFilter && !isHostLocal(name));
  const cards = leading.filter(({ isHardware }) => isHardware);
  return new Map(
    (cards.length > 0 ? cards : leading).map(({ name, bytesIn, bytesOut }) => [name, { bytesIn, bytesOut }]),
  );
}
