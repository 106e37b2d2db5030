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

/**
 * Each job runs at once and then at its times. One that fails is logged and tried again at its next time; it never ends
 * the collector, and never overlaps itself.
 */
export function startJobs({ analyses, log }: { analyses: AnalysisCache; log: Logger }): { stop(): Promise<void> } {
  const jobs: Job[] = [
    // So that the first person of the morning does not wait for the analysis of the night.
    { name: "refresh analysis", when: "* * * * *", run: () => analyses.current() },
  ];
  let isStopping = false;
  async function start({ name, run }: Job): Promise<void> {
    try {
      await run();
    } catch (error) {
      if (!isStopping) log.error({ err: error, job: name }, "a job failed");
    }
  }
  const tasks = jobs.map((job) => schedule(job.when, () => start(job), { name: job.name, noOverlap: true }));
  for (const job of jobs) void start(job);
  return {
    async stop() {
      isStopping = true;
      for (const task of tasks) await task.destroy();
    },
  };
}
