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
  /**
   * After a person changed something (zones, an import): the next answer must show it, however fresh the last one is.
   * A spreadsheet by yesterday's zones would be believed.
   */
  forget(): void;
}

export function createAnalysisCache(storage: Storage, clock: () => number): AnalysisCache {
  let cached: Analysis | undefined;
  let notBefore = 0;
  let building: Promise<Analysis> | undefined;
  let changes = 0;

  async function build(): Promise<Analysis> {
    const started = clock();
    const changesBefore = changes;
    try {
      const made = await analyse(storage, started);
      // What was read before a change may be given to those who asked before it, and to nobody else.
      if (changes === changesBefore) {
        cached = made;
        notBefore = clock() + Math.min(LONGEST_WAIT_MS, (clock() - started) * BUILD_SHARE);
      }
      return made;
    } finally {
      if (changes === changesBefore) building = undefined;
    }
  }

  async function current(): Promise<Analysis> {
    if (cached && (clock() < notBefore || (await storage.revision()) === cached.revision)) return cached;
    return (building ??= build());
  }

  return {
    current,
    forget() {
      changes += 1;
      notBefore = 0;
      building = undefined;
    },
    of: (period) =>
      period.since === undefined && period.until === undefined ? current() : analyse(storage, clock(), period),
  };
}
