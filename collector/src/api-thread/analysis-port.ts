import { setImmediate as yieldToOthers } from "node:timers/promises";
import { MessageChannel, receiveMessageOnPort, type MessagePort } from "node:worker_threads";
import type { AnalysisCache } from "../analysis/analysis-cache.ts";
import type { AnalysisData } from "../analysis/analysis.ts";
import type { Period } from "../analysis/period.ts";
import { answerTo, callsOver, type Call, type Calls } from "../storage/threads/calls.ts";

/** Rows of one message: what takes a few milliseconds to receive. */
const SLICE = 1000;

interface Part {
  key: string;
  value: unknown;
}

/** An analysis in parts on a port of its own: whoever receives it takes one at a time and answers people in between. */
function send(data: AnalysisData): MessagePort {
  const { port1, port2 } = new MessageChannel();
  for (const [key, value] of Object.entries(data)) {
    const rows: unknown[] = Array.isArray(value) ? value : [];
    for (let first = 0; first < rows.length; first += SLICE) {
      port1.postMessage({ key, value: rows.slice(first, first + SLICE) } satisfies Part);
    }
    if (rows.length === 0) port1.postMessage({ key, value } satisfies Part);
  }
  port1.close();
  return port2;
}

async function receive(port: MessagePort): Promise<AnalysisData> {
  const data: Record<string, unknown> = {};
  for (;;) {
    const received = receiveMessageOnPort(port) as { message: Part } | undefined;
    if (!received) break;
    const { key, value } = received.message;
    const known = data[key];
    if (Array.isArray(known) && Array.isArray(value)) known.push(...(value as unknown[]));
    else data[key] = value;
    await yieldToOthers();
  }
  port.close();
  return data as unknown as AnalysisData;
}

/** Hands analyses to the thread at the other end, as `analysesOver` asks for them. */
export function serveAnalyses(port: MessagePort, analyses: AnalysisCache): void {
  port.on("message", async (call: Call) => {
    const answer = await answerTo(call, async () => send((await analyses.of(call.args[0] as Period)).data));
    port.postMessage(answer, answer.ok ? [answer.value as MessagePort] : []);
  });
}

/** Analyses made by the thread at the other end of the port. */
export function analysesOver(port: MessagePort): (period: Period) => Promise<AnalysisData> {
  const calls: Calls = callsOver(port, Date.now);
  port.on("close", () => calls.fail(() => new Error("the thread that analyses has ended")));
  return async (period) => receive((await calls.call("analyse", [period])) as MessagePort);
}
