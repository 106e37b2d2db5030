import { Agent } from "node:http";
import { postReport, reportBody, type SyntheticAgent } from "../e2e/synthetic-agent.ts";
import { startCollector, type EnrolledCollector } from "./enrolled-collector.ts";
import { watchPeakMemory } from "./peak-memory.ts";

/** Until memory grows no more by ordinary work: V8 takes and keeps some 130 MiB for short-lived objects as it needs them. */
const WARM_UP_ROUNDS = 10;
const WARM_UP_REPORTS = 1500;
const STEADY_MIB = 4;
const WARM_UP_CONNECTIONS = 200;

/**
 * A collector that is warm: what it needs for ordinary work it has by now, analyses included. The one of each minute took
 * 106 MiB the first time, in a thread of its own, whatever was sent meanwhile.
 */
export async function startWarmCollector(): Promise<EnrolledCollector> {
  const collector = await startCollector();
  try {
    const sender = await collector.enrol("synthetic-warm");
    const agent = new Agent({ keepAlive: true, maxSockets: WARM_UP_CONNECTIONS });
    let memory = 0;
    for (let round = 0; round < WARM_UP_ROUNDS; round += 1) {
      const before = memory;
      const first = round * WARM_UP_REPORTS + 1;
      const numbers = Array.from({ length: WARM_UP_REPORTS }, (_, index) => first + index);
      await Promise.all(
        numbers.map((number) => postReport(collector.url, sender, reportBody(sender.id, number, 40), agent)),
      );
      collector.analysed();
      await collector.list("dependencies");
      memory = watchPeakMemory(collector.pid).beforeMiB;
      if (round >= 2 && memory - before < STEADY_MIB) break;
    }
    agent.destroy();
    return collector;
  } catch (error) {
    collector.close();
    throw error;
  }
}

/** Reports of one that behaves, one after the other with a little rest, until `stop`; how long each took. */
export function healthySender(url: string, sender: SyntheticAgent) {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const took: number[] = [];
  const other: (number | undefined)[] = [];
  const stopped = new AbortController();
  const done = (async () => {
    for (let number = 1; !stopped.signal.aborted; number += 1) {
      const body = reportBody(sender.id, number, 40);
      const started = performance.now();
      const answer = await postReport(url, sender, body, agent);
      took.push(performance.now() - started);
      if (answer?.status !== 200) other.push(answer?.status);
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
    agent.destroy();
  })();
  return {
    /** Milliseconds, and what was answered with anything but 200. */
    async stop(): Promise<{ count: number; p99: number; worst: number; other: (number | undefined)[] }> {
      stopped.abort();
      await done;
      const sorted = took.toSorted((a, b) => a - b);
      const p99 = sorted[Math.ceil(sorted.length * 0.99) - 1] ?? Infinity;
      return { count: sorted.length, p99, worst: sorted.at(-1) ?? Infinity, other };
    },
  };
}
