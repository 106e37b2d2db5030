import { isLoopback } from "../loopback.ts";
import type { ConnectionEvent } from "../sampler.ts";
import { TRACEFS } from "./trace-events.ts";

/**
 * Of a failed attempt two sources tell, and tracing knows whose it was: then its word alone counts. In a container with
 * pids of its own it does not know that over loopback, and tells nothing of it.
 *
 * @param isTraced the tracing works
 */
export function firstWords(
  events: readonly ConnectionEvent[],
  isTraced: boolean,
  seesKernelPids: boolean,
): ConnectionEvent[] {
  const tellsTracing = (address: string): boolean => isTraced && (seesKernelPids || !isLoopback(address));
  return events.filter(
    ({ kind, source, remoteAddress }) => kind !== "failed" || source === TRACEFS || !tellsTracing(remoteAddress),
  );
}
