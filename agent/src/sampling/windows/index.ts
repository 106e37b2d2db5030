import type { Source } from "@portolan/protocol";
import type { Sampler, SamplerOptions, Snapshot } from "../sampler.ts";
import { deniedWords } from "./denied-words.ts";
import { createSocketOwners } from "./socket-owners.ts";
import { createSocketTables } from "./socket-tables.ts";
import { createUserNames } from "./user-names.ts";
import { bindWin32, type Win32 } from "./win32.ts";

const IP_HELPER = "ip-helper";

/** What no sample of the tables can show. */
const BLIND_TO = ["udp-peers", "resets", "peer-closed", "failed-attempts", "bytes"];

/** The default of Windows since Vista (netsh int ipv4 show dynamicport tcp); no documented call tells another one. */
const EPHEMERAL_PORTS = { from: 49_152, to: 65_535 };

/**
 * Samples the IP Helper tables, in all states, and names the processes that hold the sockets. No child process, no text
 * to parse, no right beyond a user's; what a right would add is said.
 *
 * @param win32 the system's calls; a double in tests
 */
export function createSampler(options: SamplerOptions, win32: Win32 = bindWin32()): Sampler {
  const expectedIntervalMs = options.expectedIntervalMs ?? 15_000;
  const readTables = createSocketTables(win32);
  const owners = createSocketOwners(win32, createUserNames(win32));
  let previous: number | undefined;

  async function sample(): Promise<Snapshot> {
    const cpuBefore = process.cpuUsage();
    const monotonic = performance.now();
    const at = Date.now();
    const { rows, lost, failures } = readTables();
    const { ownerless, denied, owners: owning, obstacle } = await owners.attribute(rows, at);
    const cpu = process.cpuUsage(cpuBefore);
    const source: Source = {
      name: IP_HELPER,
      ok: failures.length === 0,
      observations: rows.length,
      lost,
      gapMs: previous === undefined ? 0 : Math.max(0, Math.round(monotonic - previous - expectedIntervalMs)),
      cpuMs: (cpu.user + cpu.system) / 1000,
      blindTo: obstacle === undefined ? BLIND_TO : [...BLIND_TO, "processes"],
    };
    const reasons = [...failures, ...deniedWords(denied, owning)];
    if (obstacle !== undefined) reasons.push(`${ownerless} sockets have no known process: ${obstacle}`);
    if (reasons.length > 0) source.reason = reasons.join("; ").slice(0, 1024);
    previous = monotonic;
    return {
      at,
      observations: rows.map(({ observation }) => observation),
      events: [],
      tellsOpenings: false,
      tellsFailures: false,
      isComplete: source.ok,
      sources: [source],
      ephemeralPorts: { ...EPHEMERAL_PORTS },
    };
  }

  return { sample, close: async () => {} };
}
