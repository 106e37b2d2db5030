import { loadConfig } from "../config.ts";
import { AgentError, messageOf } from "../errors.ts";
import { prepareTracing, removeTracing, TRACE_ROOTS } from "../sampling/linux/trace-instance.ts";
import type { Streams } from "./streams.ts";

/**
 * For the service manager, as root, before and after an agent that is not: makes the tracing instance that the agent
 * then only reads, or takes it away. A host without tracing is no failure: the agent goes on without, and says so.
 */
export async function run(options: { config?: string; remove?: boolean }, { stderr }: Streams): Promise<number> {
  if (process.platform !== "linux") throw new AgentError("tracing is Linux's");
  const { traceInstance: instance } = loadConfig(options.config);
  const reasons: string[] = [];
  for (const root of TRACE_ROOTS) {
    try {
      if (options.remove === true) removeTracing({ root, instance });
      else {
        prepareTracing({ root, instance });
        return 0;
      }
    } catch (error) {
      reasons.push(messageOf(error));
    }
  }
  if (reasons.length > 0) stderr.write(`portolan-agent: ${reasons[0]}; the agent goes on without tracing\n`);
  return 0;
}
