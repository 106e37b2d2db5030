import type { Directory } from "@portolan/protocol";
import { type Config, hostTimeZone } from "../config.ts";
import { createControllerSockets } from "../directory/controller-sockets.ts";
import type { DirectoryReader, ProbeMemory } from "../directory/directory-reader.ts";
import { createDirectoryReader } from "../directory/index.ts";
import { createFlowTable, type ListenerMemory } from "../flows/flow-table.ts";
import { readHostFacts } from "../inventory/index.ts";
import { createLoadWatch } from "../load/index.ts";
import type { Log } from "../logging.ts";
import { type Observer, createObserver } from "../observer.ts";
import { createSampler } from "../sampling/index.ts";
import type { Sampler, SamplerOptions } from "../sampling/sampler.ts";

/** How to look at this host, as the configuration says. */
export function samplerOptions(config: Config): SamplerOptions {
  return {
    procRoot: config.procRoot,
    traceInstance: config.traceInstance,
    firewallLog: config.firewallLog,
    passwdFile: `${config.etcRoot}/passwd`,
    // A collector may ask for longer intervals within the bounds: those are no gap.
    expectedIntervalMs: 1000 * Math.max(config.sampleSeconds, config.bounds.sampleSeconds.max),
  };
}

interface Observing {
  /** True for one that watches on: then it is told of what happens between two looks, too. */
  stays: boolean;
  memory?: ListenerMemory | undefined;
  /** Without it a domain controller is asked whatever was heard within the hour. */
  probeMemory?: ProbeMemory;
  /** Called after each look that nobody asked for. */
  looked?: (() => Promise<void>) | undefined;
  /** Ends what is read of the domain. */
  signal?: AbortSignal;
}

/** An observer of this host, as the configuration says, and a reader of its domain, which profits from each look. */
export async function observeHost(
  config: Config,
  log: Log,
  { stays, memory, probeMemory, looked, signal }: Observing,
): Promise<{ observer: Observer; directory: () => Promise<Directory> }> {
  let observer: Observer | undefined;
  const controllers = createControllerSockets();
  const sampler = await createSampler({
    ...samplerOptions(config),
    // Word was lost of what ended: a look now limits what is missed.
    ...(stays && { events: { use: config.eventSources, onGap: () => void observer?.sample().then(looked) } }),
  });
  const watched: Sampler = {
    async sample(isLast) {
      const snapshot = await sampler.sample(isLast);
      controllers.look(snapshot.observations, snapshot.at);
      return snapshot;
    },
    close: () => sampler.close(),
  };
  const table = createFlowTable(memory && { memory });
  const load = await createLoadWatch({ procRoot: config.procRoot, sysRoot: config.sysRoot });
  observer = createObserver({ sampler: watched, table, load, timeZone: hostTimeZone(config), log });
  let reader: Promise<DirectoryReader> | undefined;
  return {
    observer,
    async directory() {
      reader ??= createDirectoryReader({
        controllerSockets: controllers.seen,
        etcRoot: config.etcRoot,
        probes: config.directoryProbe,
        ...(probeMemory && { probeMemory }),
        ...(signal && { signal }),
      });
      return (await reader).read();
    },
  };
}

/** Reads this host's facts, as the configuration says. */
export function inventoryOf(config: Config, signal?: AbortSignal) {
  const { etcRoot, sysRoot, procRoot, configurationFolders } = config;
  return () => readHostFacts({ etcRoot, sysRoot, procRoot, configurationFolders, ...(signal && { signal }) });
}
