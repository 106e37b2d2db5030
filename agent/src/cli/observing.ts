import { type Config, hostTimeZone } from "../config.ts";
import { createFlowTable, type ListenerMemory } from "../flows/flow-table.ts";
import { readHostFacts } from "../inventory/index.ts";
import type { Log } from "../logging.ts";
import { type Observer, createObserver } from "../observer.ts";
import { createSampler } from "../sampling/index.ts";

/** An observer of this host, as the configuration says. */
export async function observeHost(config: Config, log: Log, memory?: ListenerMemory): Promise<Observer> {
  const sampler = await createSampler({
    procRoot: config.procRoot,
    passwdFile: `${config.etcRoot}/passwd`,
    // A collector may ask for longer intervals within the bounds: those are no gap.
    expectedIntervalMs: 1000 * Math.max(config.sampleSeconds, config.bounds.sampleSeconds.max),
  });
  const table = createFlowTable(memory && { memory });
  return createObserver({ sampler, table, timeZone: hostTimeZone(config), log });
}

/** Reads this host's facts, as the configuration says. */
export function inventoryOf(config: Config, signal?: AbortSignal) {
  return () => readHostFacts({ etcRoot: config.etcRoot, sysRoot: config.sysRoot, ...(signal && { signal }) });
}
