import { type Config, hostTimeZone } from "../config.ts";
import { createFlowTable, type ListenerMemory } from "../flows/flow-table.ts";
import { readHostFacts } from "../inventory/index.ts";
import { createLoadWatch } from "../load/index.ts";
import type { Log } from "../logging.ts";
import { type Observer, createObserver } from "../observer.ts";
import { createSampler } from "../sampling/index.ts";
import type { SamplerOptions } from "../sampling/sampler.ts";

/** How to look at this host, as the configuration says. */
export function samplerOptions(config: Config): SamplerOptions {
  return {
    procRoot: config.procRoot,
    traceInstance: config.traceInstance,
    passwdFile: `${config.etcRoot}/passwd`,
    // A collector may ask for longer intervals within the bounds: those are no gap.
    expectedIntervalMs: 1000 * Math.max(config.sampleSeconds, config.bounds.sampleSeconds.max),
  };
}

/**
 * An observer of this host, as the configuration says.
 *
 * @param stays true for one that watches on: then it is told of what happens between two looks, too
 * @param looked called after each look that nobody asked for
 */
export async function observeHost(
  config: Config,
  log: Log,
  {
    stays,
    memory,
    looked,
  }: { stays: boolean; memory?: ListenerMemory | undefined; looked?: (() => Promise<void>) | undefined },
): Promise<Observer> {
  let observer: Observer | undefined;
  const sampler = await createSampler({
    ...samplerOptions(config),
    // Word was lost of what ended: a look now limits what is missed.
    ...(stays && { events: { use: config.eventSources, onGap: () => void observer?.sample().then(looked) } }),
  });
  const table = createFlowTable(memory && { memory });
  const load = await createLoadWatch({ procRoot: config.procRoot, sysRoot: config.sysRoot });
  observer = createObserver({ sampler, table, load, timeZone: hostTimeZone(config), log });
  return observer;
}

/** Reads this host's facts, as the configuration says. */
export function inventoryOf(config: Config, signal?: AbortSignal) {
  return () =>
    readHostFacts({
      etcRoot: config.etcRoot,
      sysRoot: config.sysRoot,
      procRoot: config.procRoot,
      ...(signal && { signal }),
    });
}
