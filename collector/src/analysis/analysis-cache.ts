import type { Storage } from "../storage/storage.ts";
import { analyse, openAnalysis, type Analysis, type AnalysisData } from "./analysis.ts";
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

export interface AnalysisSource {
  analyse(period: Period): Promise<AnalysisData>;
  revision(): Promise<number>;
  /** Milliseconds since 1970 UTC. */
  clock(): number;
  /**
   * Who asks waits for evidence that came since only where the last build took no longer than this; else the answer is
   * the last one's, with its asOf, while the next is built. Always waits without it.
   */
  patienceMs?: number;
  /** How often people changed something; shared with the other threads that have such a cache. */
  changes?: Int32Array;
}

interface Kept {
  analysis: Analysis;
  /** changes when its build began. */
  changes: number;
  /** The build after it did. */
  hasFailed: boolean;
}

interface Building {
  changes: number;
  made: Promise<Analysis>;
}

function notBefore({ asOf, tookMs }: Analysis): number {
  return asOf + tookMs + Math.min(LONGEST_WAIT_MS, tookMs * BUILD_SHARE);
}

export function createAnalysisCache(source: AnalysisSource): AnalysisCache {
  const { clock, patienceMs = Infinity } = source;
  const changes = source.changes ?? new Int32Array(1);

  /** The analyses of one period, the newest of them kept. */
  function slot(period: Period) {
    let kept: Kept | undefined;
    let building: Building | undefined;

    async function make(changesBefore: number): Promise<Analysis> {
      const analysis = openAnalysis(await source.analyse(period));
      // What was read before a change may be given to those who asked before it, and to nobody else.
      if (changesBefore === Atomics.load(changes, 0)) kept = { analysis, changes: changesBefore, hasFailed: false };
      return analysis;
    }

    function build(changesNow: number): Promise<Analysis> {
      if (building?.changes === changesNow) return building.made;
      const begun: Building = { changes: changesNow, made: make(changesNow) };
      building = begun;
      const end = () => {
        if (building === begun) building = undefined;
      };
      // Where it fails and nobody waits for it, the next who asks does, and is told.
      begun.made.then(end, () => {
        end();
        if (kept) kept.hasFailed = true;
      });
      return begun.made;
    }

    return async (): Promise<Analysis> => {
      const changesNow = Atomics.load(changes, 0);
      if (kept?.changes !== changesNow) return build(changesNow);
      const { analysis, hasFailed } = kept;
      if (clock() < notBefore(analysis) || (await source.revision()) === analysis.revision) return analysis;
      const next = build(changesNow);
      return analysis.tookMs > patienceMs && !hasFailed ? analysis : next;
    };
  }

  const current = slot({});
  let last: { key: string; analysis: () => Promise<Analysis> } | undefined;
  return {
    current,
    of({ since, until }) {
      if (since === undefined && until === undefined) return current();
      // The pages of one list, and whoever looks at the same weeks, ask for one period again and again.
      const key = `${since}..${until}`;
      if (last?.key !== key)
        last = {
          key,
          analysis: slot({ ...(since !== undefined && { since }), ...(until !== undefined && { until }) }),
        };
      return last.analysis();
    },
    forget: () => void Atomics.add(changes, 0, 1),
  };
}

/** Analyses made on the caller's own thread. */
export function analysesOf(storage: Storage, clock: () => number, changes?: Int32Array): AnalysisCache {
  return createAnalysisCache({
    analyse: (period) => analyse(storage, clock, period),
    revision: () => storage.revision(),
    clock,
    ...(changes && { changes }),
  });
}
