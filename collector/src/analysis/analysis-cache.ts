import type { Storage } from "../storage/storage.ts";
import { analyse, type Analysis } from "./analysis.ts";
import type { Period } from "./period.ts";

/** A rebuild may take this share of the time at most, and is never put off for longer than a minute. */
const BUILD_SHARE = 20;
const LONGEST_WAIT_MS = 60_000;

/** Hands out the analysis of the newest revision, built at most once for each and never twice at a time. */
export interface AnalysisCache {
  current(): Promise<Analysis>;
  of(period: Period): Promise<Analysis>;
}

export function createAnalysisCache(storage: Storage, clock: () => number): AnalysisCache {
  let cached: Analysis | undefined;
  let notBefore = 0;
  let building: Promise<Analysis> | undefined;

  async function build(): Promise<Analysis> {
    const started = clock();
    try {
      cached = await analyse(storage, started);
      const took = clock() - started;
      notBefore = clock() + Math.min(LONGEST_WAIT_MS, took * BUILD_SHARE);
      return cached;
    } finally {
      building = undefined;
    }
  }

  async function current(): Promise<Analysis> {
    if (cached && (clock() < notBefore || (await storage.revision()) === cached.revision)) return cached;
    return (building ??= build());
  }

  return {
    current,
    of: (period) =>
      period.since === undefined && period.until === undefined ? current() : analyse(storage, clock(), period),
  };
}
