import type { Config } from "../config.ts";
import { createLoadWatch } from "../load/index.ts";
import type { Tier } from "../sampling/sampler.ts";
import { inventoryOf } from "./observing.ts";

/** Where the reasons are. */
const WHY = "portolan-agent once says why";

/**
 * What of this host's facts and load can be read, and in what time. Why something can't is told by `once` only, as the
 * system's reasons may hold names of this host.
 */
export async function inspectFacts(config: Config): Promise<Tier[]> {
  return [
    await timed("facts", "system, processors, memory, disks, interfaces, software", async () => {
      const { unread = [] } = await inventoryOf(config)();
      return unread.map(({ fact }) => fact);
    }),
    await timed("load", "hourly use of processors, memory, disks, network", async () => {
      const watch = await createLoadWatch({ procRoot: config.procRoot, sysRoot: config.sysRoot });
      await watch.look();
      return watch.take().trouble === undefined ? [] : ["all figures"];
    }),
  ];
}

/** @param read resolves to what could not be read */
async function timed(name: string, adds: string, read: () => Promise<string[]>): Promise<Tier> {
  const start = performance.now();
  try {
    const lacking = [...new Set(await read())].sort();
    const took = `read in ${(performance.now() - start).toFixed(0)} ms`;
    return {
      name,
      adds,
      isOn: true,
      reason: lacking.length === 0 ? took : `${took}, but not ${lacking.join(", ")}: ${WHY}`,
    };
  } catch {
    return { name, adds, isOn: false, reason: WHY };
  }
}
