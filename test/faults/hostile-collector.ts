import { Agent } from "node:http";
import { join } from "node:path";
import { freePort, openWorkplace, type Workplace } from "../e2e/local-collector.ts";
import { enrolSynthetic, postReport, reportBody, type SyntheticAgent } from "../e2e/synthetic-agent.ts";
import { watchPeakMemory } from "./peak-memory.ts";

/** A real collector in a process of its own, warm: what it needs for ordinary work it has by now. */
export interface WarmCollector {
  work: Workplace;
  url: string;
  port: number;
  pid: number;
  log(): string;
  /** An enrolled sender that behaves. */
  enrol(hostname: string): Promise<SyntheticAgent>;
}

/** Until memory grows no more by ordinary work: V8 takes and keeps some 130 MiB for short-lived objects as it needs them. */
const WARM_UP_ROUNDS = 10;
const WARM_UP_REPORTS = 1500;
const STEADY_MIB = 4;
const WARM_UP_CONNECTIONS = 200;

export async function startWarmCollector(): Promise<WarmCollector> {
  const work = openWorkplace();
  try {
    const port = await freePort();
    const url = `http://127.0.0.1:${port}`;
    const serving = await work.serve(join(work.folder, "data"), port);
    if (serving.pid === undefined) throw new Error("the collector has no pid");
    const made = work.portolan(["token", "create", "--kind", "enrolment", "--uses", "1000", "--json"]);
    const { token } = JSON.parse(made.out) as { token: string };
    const collector: WarmCollector = {
      work,
      url,
      port,
      pid: serving.pid,
      log: serving.log,
      enrol: (hostname) => enrolSynthetic(url, token, hostname),
    };
    const sender = await collector.enrol("synthetic-warm");
    const agent = new Agent({ keepAlive: true, maxSockets: WARM_UP_CONNECTIONS });
    let memory = 0;
    for (let round = 0; round < WARM_UP_ROUNDS; round += 1) {
      const before = memory;
      const first = round * WARM_UP_REPORTS + 1;
      const numbers = Array.from({ length: WARM_UP_REPORTS }, (_, index) => first + index);
      await Promise.all(numbers.map((number) => postReport(url, sender, reportBody(sender.id, number, 40), agent)));
      memory = watchPeakMemory(serving.pid).beforeMiB;
      if (round >= 2 && memory - before < STEADY_MIB) break;
    }
    agent.destroy();
    return collector;
  } catch (error) {
    work.close();
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
