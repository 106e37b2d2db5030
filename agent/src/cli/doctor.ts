import { writeFileSync } from "node:fs";
import { release, version } from "node:os";
import { loadConfig } from "../config.ts";
import { inspectTiers } from "../sampling/index.ts";
import { AGENT_VERSION } from "../version.ts";
import { inspectFacts } from "./inspect-facts.ts";
import { samplerOptions } from "./observing.ts";
import type { Streams } from "./streams.ts";
import { table } from "./table.ts";

/**
 * Says which sources this host offers, why the others are off, and whether its facts and load can be read. 1 where not
 * even the socket tables can be read. The file that it can write holds no address or name of this host.
 */
export async function run(
  options: { config?: string; json?: boolean; output?: string },
  { stdout }: Streams,
): Promise<number> {
  const config = loadConfig(options.config);
  const sources = await inspectTiers(samplerOptions(config), config.eventSources);
  const tiers = [...sources, ...(await inspectFacts(config))];
  if (options.output !== undefined) {
    const { node, v8 } = process.versions;
    const system = { platform: process.platform, version: version(), release: release(), arch: process.arch };
    const checked = { agent: AGENT_VERSION, node, v8, system, checkedAt: new Date().toISOString(), tiers };
    writeFileSync(options.output, `${JSON.stringify(checked, null, 2)}\n`);
  }
  if (options.json === true) stdout.write(`${JSON.stringify(tiers)}\n`);
  else {
    const rows = tiers.map(({ name, adds, isOn, reason }) => [isOn ? "on" : "OFF", name, adds, reason]);
    stdout.write(table(["", "SOURCE", "SHOWS", "BECAUSE"], rows));
  }
  return tiers[0]?.isOn === true ? 0 : 1;
}
