import type { LoadReading } from "../load-reader.ts";
import { outward } from "../outward.ts";
import type { InterfaceRow } from "./parse-load.ts";

/** Those that lead out of the host; a filter would count the bytes of the interface behind it again. */
export function leadingOut(rows: readonly InterfaceRow[]): LoadReading["interfaces"] {
  const counted = rows.filter(({ isLoopback, isFilter }) => !isLoopback && !isFilter);
  return outward(counted, ({ isHardware }) => isHardware);
}
