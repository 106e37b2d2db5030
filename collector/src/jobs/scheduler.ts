import { schedule } from "node-cron";
import type { Logger } from "pino";
import type { AnalysisCache } from "../analysis/analysis-cache.ts";
import type { Storage } from "../storage/storage.ts";
import { ageEvidence } from "./age-evidence.ts";

/** What the collector does by the clock. */
interface Job {
  name: string;
  /** Five or six cron fields, in the collector's own time zone. */
  when: string;
  run: () => Promise<unknown>;
}

interface JobsOptions {
  storage: Storage;
  analyses: AnalysisCache;
  clock: () => number;
  log: Logger;
}

/** A job that fails is logged and tried again at its next time; it never ends the collector, and never overlaps itself. */
export function startJobs({ storage, analyses, clock, log }: JobsOptions): { stop(): Promise<void> } {
  const stopping = new AbortController();
  const jobs: Job[] = [
    // So that the first person of the morning does not wait for the analysis of the night.
    { name: "refresh analysis", when: "* * * * *", run: () => analyses.current() },
    // Each hour and not each night: a collector on somebody's laptop may never see a night.
    { name: "age evidence", when: "23 * * * *", run: () => ageEvidence(storage, clock, stopping.signal) },
  ];
  const tasks = jobs.map(({ name, when, run }) =>
    schedule(
      when,
      async () => {
        try {
          await run();
        } catch (error) {
          log.error({ err: error, job: name }, "a job failed");
        }
      },
      { name, noOverlap: true },
    ),
  );
  return {
    async stop() {
      stopping.abort();
      for (const task of tasks) await task.destroy();
    },
  };
}
