import { loadConfig } from "../config.ts";
import { inspectTiers } from "../sampling/index.ts";
import { samplerOptions } from "./observing.ts";
import type { Streams } from "./streams.ts";
import { table } from "./table.ts";

/** Says which sources this host offers, and why the others are off. 1 where not even the socket tables can be read. */
export async function run(options: { config?: string; json?: boolean }, { stdout }: Streams): Promise<number> {
  const config = loadConfig(options.config);
  const tiers = await inspectTiers(samplerOptions(config), config.eventSources);
  if (options.json === true) stdout.write(`${JSON.stringify(tiers)}\n`);
  else {
    const rows = tiers.map(({ name, adds, isOn, reason }) => [isOn ? "on" : "OFF", name, adds, reason]);
    stdout.write(table(["", "SOURCE", "SHOWS", "BECAUSE"], rows));
  }
  return tiers[0]?.isOn === true ? 0 : 1;
}
