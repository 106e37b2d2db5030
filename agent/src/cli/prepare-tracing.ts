import { loadConfig } from "../config.ts";
import { prepareSources } from "../sampling/index.ts";
import { samplerOptions } from "./observing.ts";
import type { Streams } from "./streams.ts";

/**
 * For the service manager, as root, before and after an agent that is not: makes what the agent then only reads, or takes
 * it away. A host without tracing is no failure: the agent goes on without, and says so.
 */
export async function run(options: { config?: string; remove?: boolean }, { stderr }: Streams): Promise<number> {
  const reason = await prepareSources(samplerOptions(loadConfig(options.config)), options.remove === true);
  if (reason !== undefined) stderr.write(`portolan-agent: ${reason}; the agent goes on without tracing\n`);
  return 0;
}
