import { networkInterfaces } from "node:os";
import type { Source } from "@portolan/protocol";
import { withoutZone } from "../address-text.ts";
import type { Sampler, SamplerOptions, Snapshot } from "../sampler.ts";
import { deniedWords } from "./denied-words.ts";
import { createFirewallLog, FIREWALL_LOG } from "./firewall-log.ts";
import { eventsOf } from "./log-events.ts";
import { createSeenTuples } from "./seen-tuples.ts";
import { createSecurityEvents, SECURITY_EVENTS } from "./security-events.ts";
import { openSecurityLog } from "./security-log.ts";
import { createSocketOwners } from "./socket-owners.ts";
import { createSocketTables } from "./socket-tables.ts";
import type { LogSource } from "./told-events.ts";
import { createUserNames } from "./user-names.ts";
import { bindWin32, type Win32 } from "./win32.ts";

const IP_HELPER = "ip-helper";

/** What no sample of the tables can show, and which log can: of attempts both tell only those that Windows blocked. */
const BLIND_TO: readonly { word: string; seenBy: readonly string[] }[] = [
  { word: "udp-peers", seenBy: [FIREWALL_LOG, SECURITY_EVENTS] },
  { word: "resets", seenBy: [FIREWALL_LOG, SECURITY_EVENTS] },
  { word: "peer-closed", seenBy: [FIREWALL_LOG, SECURITY_EVENTS] },
  { word: "failed-attempts", seenBy: [] },
  { word: "bytes", seenBy: [] },
];

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
  let ownAddresses = new Set<string>();
  const isOwn = (address: string): boolean => ownAddresses.has(address);
  const logs = openLogs(options, isOwn);
  const seen = createSeenTuples();
  let previous: number | undefined;
  let previousAt: number | undefined;

  async function sample(): Promise<Snapshot> {
    const cpuBefore = process.cpuUsage();
    const monotonic = performance.now();
    const at = Date.now();
    const { rows, lost, failures } = readTables();
    const observations = rows.map(({ observation }) => observation);
    // After the tables: what began meanwhile is shown by the next ones.
    if (logs.length > 0) ownAddresses = addressesOfHost();
    const taken = logs.map((log) => log.take());
    const told = taken.flatMap((log) => log.told);
    const { ownerless, denied, owners: owning, obstacle, servicesFailure } = await owners.attribute(rows, told, at);
    if (logs.length > 0) seen.note(observations, at);
    const healthy = new Set(
      taken.filter(({ source, isBlind }) => source.ok && !isBlind).map(({ source }) => source.name),
    );
    const blindTo = BLIND_TO.filter(({ seenBy }) => !seenBy.some((name) => healthy.has(name))).map(({ word }) => word);
    const cpu = process.cpuUsage(cpuBefore);
    const source: Source = {
      name: IP_HELPER,
      ok: failures.length === 0,
      observations: rows.length,
      lost,
      gapMs: previous === undefined ? 0 : Math.max(0, Math.round(monotonic - previous - expectedIntervalMs)),
      cpuMs: (cpu.user + cpu.system) / 1000,
      blindTo: obstacle === undefined ? blindTo : [...blindTo, "processes"],
    };
    const reasons = [...failures, ...deniedWords(denied, owning)];
    if (servicesFailure !== undefined) reasons.push(servicesFailure);
    if (obstacle !== undefined) reasons.push(`${ownerless} sockets have no known process: ${obstacle}`);
    if (reasons.length > 0) source.reason = reasons.join("; ").slice(0, 1024);
    previous = monotonic;
    const events = eventsOf(told, { seen, healthy, isOwn, from: Math.min(previousAt ?? at, at), at });
    previousAt = at;
    return {
      at,
      observations,
      events,
      tellsOpenings: false,
      tellsFailures: false,
      isComplete: source.ok,
      // The collector takes a host for blind to what all of its sources miss: each says what all together miss.
      sources: [source, ...taken.map((log) => ({ ...log.source, blindTo: source.blindTo }))],
      ephemeralPorts: { ...EPHEMERAL_PORTS },
    };
  }

  return {
    sample,
    async close() {
      for (const log of logs) log.close();
    },
  };
}

function addressesOfHost(): Set<string> {
  const all = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  return new Set(["127.0.0.1", "::1", ...all.map(({ address }) => withoutZone(address) ?? address)]);
}

/** Those logs that the configuration names. */
function openLogs({ events, firewallLog }: SamplerOptions, isOwn: (address: string) => boolean): LogSource[] {
  const use = events?.use ?? [];
  const logs: LogSource[] = [];
  if (use.includes(SECURITY_EVENTS)) logs.push(createSecurityEvents(openSecurityLog, isOwn));
  if (use.includes(FIREWALL_LOG) && firewallLog !== undefined) logs.push(createFirewallLog(firewallLog));
  return logs;
}
