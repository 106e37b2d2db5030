import { performance } from "node:perf_hooks";
import { setTimeout as wait } from "node:timers/promises";
import type { Storage } from "../storage/storage.ts";

/** Between two steps the writing thread is left to the reports for as long as a step took, and a moment more. */
const LEAST_PAUSE_MS = 2;

/**
 * Ages the evidence until nothing is left to do now, in small steps with pauses, so that ageing takes at most half of
 * what the thread that writes can do.
 * @param signal ends it after a step; the next time goes on from there
 */
export async function ageEvidence(storage: Storage, clock: () => number, signal: AbortSignal): Promise<void> {
  let hasMore = true;
  while (hasMore && !signal.aborted) {
    const from = performance.now();
    hasMore = await storage.ageEvidence(clock());
    await wait(LEAST_PAUSE_MS + performance.now() - from);
  }
}
