import { setTimeout as sleep } from "node:timers/promises";
import type { Directory, HostFacts } from "@portolan/protocol";
import { createCpuBudget } from "./cpu-budget.ts";
import type { Draft } from "./delivery/report.ts";
import { messageOf } from "./errors.ts";
import type { Log } from "./logging.ts";
import type { Observer } from "./observer.ts";

/** How often to look and to report, in seconds; may change while the watch runs. */
export interface Pace {
  sampleSeconds: number;
  reportSeconds: number;
  inventorySeconds: number;
  /** Of one core, on average. */
  cpuPercent: number;
}

interface WatchOptions {
  observer: Observer;
  /** Reads the host's facts; rejects when they cannot be had. */
  inventory: () => Promise<HostFacts>;
  /** Reads the host's domain membership; rejects when it cannot be had. */
  directory: () => Promise<Directory>;
  pace: Pace;
  log: Log;
  /** False while there is no room for reports: then what was seen stays in the flow table. */
  hasRoom(): boolean;
  /** Takes reports over, durably; resolves to those it could not take, which are offered again. */
  deliver(drafts: Draft[]): Promise<Draft[]>;
  /** Called after each look. */
  looked(): Promise<void>;
}

/** However costly a look is: one every five minutes sees at least what stands. */
const LONGEST_PAUSE_MS = 300_000;
/** The first report waits this long for the host's facts. */
const FIRST_FACTS_MS = 5000;

/**
 * Looks and reports until the signal comes: the first report with the first look, so that an engineer who starts an
 * agent sees it at once; the last one with a last look.
 */
export async function watch(options: WatchOptions, signal: AbortSignal): Promise<void> {
  const { observer, pace, log } = options;
  let left: Draft[] = [];
  const report = async (last = false): Promise<void> => {
    if (left.length > 0) left = await options.deliver(left);
    // What is in memory ends with the process: the last report may pass the spool's limit.
    if (left.length === 0 && (last || options.hasRoom())) left = await options.deliver(observer.drain());
  };
  const look = async (isLast = false): Promise<void> => {
    await observer.sample(isLast);
    await options.looked();
  };
  const keep = <Facts>(what: string, read: () => Promise<Facts>, tell: (facts: Facts | Error) => void) =>
    keepTold({ what, read, tell, log, everySeconds: () => pace.inventorySeconds }, signal);
  const facts = keep("the host's facts", options.inventory, (told) => observer.setHost(told));

  await look();
  // After a look: it shows which controllers the host talks to.
  const membership = keep("the host's domain", options.directory, (told) => observer.setDirectory(told));
  await Promise.race([Promise.all([facts.first, membership.first]), pause(FIRST_FACTS_MS, signal)]);
  await report();
  // Not the wall clock: set back by a year, it would put the next report off by as much.
  const budget = createCpuBudget(pace.cpuPercent / 100);
  let cpuBefore = process.cpuUsage();
  /** Milliseconds to the next look: as the pace says, or longer where that would cost more than the budget. */
  const untilLook = (): number => {
    const { user, system } = process.cpuUsage(cpuBefore);
    cpuBefore = process.cpuUsage();
    const wanted = jittered(pace.sampleSeconds);
    const affordable = Math.min(budget.shortestPause((user + system) / 1000), LONGEST_PAUSE_MS);
    observer.slowed(affordable > wanted ? affordable / 1000 : undefined);
    return Math.max(wanted, affordable);
  };
  let nextReport = performance.now() + jittered(pace.reportSeconds);
  let nextLook = performance.now() + untilLook();
  while (!signal.aborted) {
    await pause(Math.min(nextLook, nextReport) - performance.now(), signal);
    if (signal.aborted) break;
    await look();
    nextLook = performance.now() + untilLook();
    if (performance.now() < nextReport) continue;
    await report();
    nextReport = performance.now() + jittered(pace.reportSeconds);
  }
  await look(true);
  await report(true);
  if (left.length > 0) log.error({ reports: left.length }, "reports could not be kept and are lost");
  await Promise.all([facts.stopped, membership.stopped]);
}

interface ToldFacts<Facts> {
  /** For the log. */
  what: string;
  read(): Promise<Facts>;
  tell(facts: Facts | Error): void;
  everySeconds(): number;
  log: Log;
}

/** Reads facts that seldom change now and again after each interval, and tells the observer of them or of the failure. */
function keepTold<Facts>({ what, read, tell, everySeconds, log }: ToldFacts<Facts>, signal: AbortSignal) {
  const { promise: first, resolve } = Promise.withResolvers<void>();
  const stopped = (async () => {
    while (!signal.aborted) {
      try {
        tell(await read());
      } catch (error) {
        if (!signal.aborted) log.warn({ reason: messageOf(error) }, `${what} could not be read`);
        tell(error instanceof Error ? error : new Error(messageOf(error)));
      }
      resolve();
      await pause(jittered(everySeconds()), signal);
    }
  })();
  return { first, stopped };
}

/** Up to 10 % earlier, never later: agents that started together drift apart, and no bound is passed. */
function jittered(seconds: number): number {
  return seconds * 1000 * (1 - Math.random() / 10);
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  try {
    await sleep(Math.max(0, ms), undefined, { signal });
  } catch {
    // The signal ended the pause; the caller looks at it.
  }
}
