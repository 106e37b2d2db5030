import type { Storage } from "../storage/storage.ts";
import { analyse, openAnalysis, rezone, type Analysis, type AnalysisData } from "./analysis.ts";
import type { Period } from "./period.ts";

/** A rebuild may take this share of the time at most, and is never put off for longer than a minute. */
const BUILD_SHARE = 20;
const LONGEST_WAIT_MS = 60_000;
/** What took no longer is made anew for changed zones too, and then holds the newest evidence. */
const LONG_BUILD_MS = 2000;

/** Hands out the analysis of the newest revision, built at most once for each and never twice at a time. */
export interface AnalysisCache {
  current(): Promise<Analysis>;
  of(period: Period): Promise<Analysis>;
  /**
   * After a person changed something (an import, a correction; or nothing but zones): the next answer must show it,
   * however fresh the last one is. A spreadsheet by yesterday's zones would be believed.
   */
  forget(what?: "evidence" | "zones"): void;
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
  /** The same analysis by the zones of now: spares the people of a large estate a whole one. */
  rezone?(data: AnalysisData): Promise<AnalysisData>;
  /** Of newChanges; shared with the other threads that have such a cache. */
  changes?: Int32Array;
}

/** How often people changed the evidence, and how often its zones. */
export function newChanges(): Int32Array {
  return new Int32Array(new SharedArrayBuffer(8));
}

/** The two as they were at one time. */
interface Changes {
  evidence: number;
  zones: number;
}

interface Kept {
  analysis: Analysis;
  /** As they were when its build began. */
  changes: Changes;
  /** The build after it did. */
  hasFailed: boolean;
}

interface Building {
  changes: Changes;
  made: Promise<Analysis>;
}

function areSame(a: Changes | undefined, b: Changes): boolean {
  return a?.evidence === b.evidence && a.zones === b.zones;
}

/** Whether it is too early for the next one. What is of a time to come was made before the clock was set back. */
function isFresh({ asOf, tookMs }: Analysis, now: number): boolean {
  return now >= asOf && now < asOf + tookMs + Math.min(LONGEST_WAIT_MS, tookMs * BUILD_SHARE);
}

export function createAnalysisCache(source: AnalysisSource): AnalysisCache {
  const { clock, patienceMs = Infinity } = source;
  const counters = source.changes ?? newChanges();
  const changesNow = (): Changes => ({ evidence: Atomics.load(counters, 0), zones: Atomics.load(counters, 1) });

  /** The analyses of one period, the newest of them kept. */
  function slot(period: Period) {
    let kept: Kept | undefined;
    let building: Building | undefined;

    function read(changes: Changes): Promise<AnalysisData> {
      const isZonesAlone = kept?.changes.evidence === changes.evidence && kept.changes.zones !== changes.zones;
      if (source.rezone && kept && isZonesAlone && kept.analysis.tookMs > LONG_BUILD_MS)
        return source.rezone(kept.analysis.data);
      return source.analyse(period);
    }

    async function make(changes: Changes): Promise<Analysis> {
      const analysis = openAnalysis(await read(changes));
      // What was read before a change may be given to those who asked before it, and to nobody else.
      if (areSame(changes, changesNow())) kept = { analysis, changes, hasFailed: false };
      return analysis;
    }

    function build(changes: Changes): Promise<Analysis> {
      if (building && areSame(building.changes, changes)) return building.made;
      const begun: Building = { changes, made: make(changes) };
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
      const changes = changesNow();
      if (!kept || !areSame(kept.changes, changes)) return build(changes);
      const { analysis, hasFailed } = kept;
      if (isFresh(analysis, clock()) || (await source.revision()) === analysis.revision) return analysis;
      const next = build(changes);
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
    forget: (what = "evidence") => void Atomics.add(counters, what === "zones" ? 1 : 0, 1),
  };
}

/** Analyses made on the caller's own thread. */
export function analysesOf(storage: Storage, clock: () => number, changes?: Int32Array): AnalysisCache {
  return createAnalysisCache({
    analyse: (period) => analyse(storage, clock, period),
    rezone: (data) => rezone(storage, data),
    revision: () => storage.revision(),
    clock,
    ...(changes && { changes }),
  });
}
