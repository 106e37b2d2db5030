import { schedule } from "node-cron";
import type { Logger } from "pino";
import type { AnalysisCache } from "../analysis/analysis-cache.ts";

/** What the collector does by the clock. */
interface Job {
  name: string;
  /** Five or six cron fields, in the collector's own time zone. */
  when: string;
  run: () => Promise<unknown>;
}

/** A job that fails is logged and tried again at its next time; it never ends the collector, and never overlaps itself. */
export function startJobs({ analyses, log }: { analyses: AnalysisCache; log: Logger }): { stop(): Promise<void> } {
  const jobs: Job[] = [
    // So that the first person of the morning does not wait for the analysis of the night.
    { name: "refresh analysis", when: "* * * * *", run: () => analyses.current() },
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
      for (const task of tasks) await task.destroy();
    },
  };
}
