import { setPriority } from "node:os";
import { parentPort, workerData } from "node:worker_threads";
import type { MessagePort } from "node:worker_threads";
import { pino } from "pino";
import { analysesOf, createAnalysisCache } from "../analysis/analysis-cache.ts";
import { buildApp } from "../app.ts";
import { startJobs } from "../jobs/scheduler.ts";
import { openStorageBeside } from "../storage/open.ts";
import { VERSION } from "../version.ts";
import { analysesOver, serveAnalyses } from "./analysis-port.ts";

export interface ApiThreadData {
  /** `analysis` makes the analyses and answers what needs the whole graph; `pages` has them from there, and answers the rest. */
  role: "analysis" | "pages";
  /** Between the two. */
  analyses: MessagePort;
  /** How often people changed what analyses are made of. */
  changes: Int32Array;
  dataDir: string;
  writer: MessagePort;
  socketPath: string;
  publicUrl: string;
  caSha256: string | undefined;
  logLevel: "debug" | "info" | "warn" | "error";
}

/** Nobody notices such a wait; who just sent evidence to a small estate sees it in the next answer. */
const PATIENCE_MS = 250;

/** Where threads have priorities of their own: an analysis takes what reports and pages leave. */
const ANALYSIS_NICENESS = 10;

/** Everything that people ask for, with the analyses behind it. Tells when it listens, and ends when it is told to. */
async function run(port: MessagePort, data: ApiThreadData): Promise<void> {
  const { role, changes } = data;
  if (role === "analysis" && process.platform === "linux") setPriority(0, ANALYSIS_NICENESS);
  const log = pino({ level: data.logLevel, base: null, timestamp: pino.stdTimeFunctions.isoTime }, pino.destination(2));
  const storage = openStorageBeside(data.writer, { dataDir: data.dataDir });
  const analyses =
    role === "analysis"
      ? analysesOf(storage, Date.now, changes)
      : createAnalysisCache({
          analyse: analysesOver(data.analyses),
          revision: () => storage.revision(),
          clock: Date.now,
          patienceMs: PATIENCE_MS,
          changes,
        });
  if (role === "analysis") serveAnalyses(data.analyses, analyses);
  const app = await buildApp({
    context: { storage, analyses, clock: Date.now, publicUrl: data.publicUrl, caSha256: data.caSha256 },
    version: VERSION,
    logger: log,
  });
  // That it listens is no news: the collector says so once it does itself, or in one sentence why it can't.
  log.level = "warn";
  await app.listen({ path: data.socketPath });
  log.level = data.logLevel;
  const jobs = role === "pages" ? startJobs({ storage, analyses, clock: Date.now, log }) : undefined;
  let isStopping = false;
  if (role === "pages") {
    // The first page of a large estate would else wait for as long as its analysis takes.
    analyses.current().catch((error: unknown) => {
      if (!isStopping) log.error({ err: error }, "the first analysis failed");
    });
  }
  port.once("message", async () => {
    isStopping = true;
    await jobs?.stop();
    await app.close();
    await storage.close();
    data.analyses.close();
    port.close();
  });
  port.postMessage("listening");
}

if (!parentPort) throw new Error("api-thread.ts is started by start-api-thread.ts");
await run(parentPort, workerData as ApiThreadData);
