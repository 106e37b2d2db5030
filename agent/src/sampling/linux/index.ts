import type { Source } from "@portolan/protocol";
import type { Sampler, SamplerOptions, Snapshot } from "../sampler.ts";
import { CONNTRACK } from "./conntrack.ts";
import { createContainerSockets } from "./containers.ts";
import { openEventSources } from "./event-sources.ts";
import { firstWords } from "./first-words.ts";
import { createNamespaces } from "./namespaces.ts";
import { DEFAULT_EPHEMERAL_PORTS, parsePortRange } from "./parse-port-range.ts";
import { createProcFileReader, unlessUnreadable } from "./read-proc-file.ts";
import { createSocketOwners } from "./socket-owners.ts";
import { readSocketTables } from "./socket-tables.ts";
import { SS_EVENTS } from "./ss-events.ts";
import { TRACEFS } from "./trace-events.ts";
import { createUserNames } from "./user-names.ts";

const CONTAINERS = "containers";
/** Not a source: this host has none. */
const NO_CONTAINERS = "no containers";

/** What no sample of the socket tables can show, and which source can (linux-capture notes in the design). */
const BLIND_TO: readonly { word: string; seenBy: readonly string[] }[] = [
  { word: "udp-peers", seenBy: [CONNTRACK] },
  // Of its own resets ss knows neither address nor port.
  { word: "resets", seenBy: [TRACEFS] },
  { word: "peer-closed", seenBy: [SS_EVENTS, TRACEFS] },
  { word: "failed-attempts", seenBy: [SS_EVENTS, TRACEFS] },
  { word: "bytes", seenBy: [SS_EVENTS] },
  { word: "containers", seenBy: [CONTAINERS] },
  // ss is told of its own namespace only.
  { word: "container-ends", seenBy: [TRACEFS, NO_CONTAINERS] },
];

/** Samples /proc/net, in all states, and names the processes that hold the sockets. */
export function createSampler(options: SamplerOptions): Sampler {
  const procRoot = options.procRoot ?? "/proc";
  const expectedIntervalMs = options.expectedIntervalMs ?? 15_000;
  const files = createProcFileReader();
  const owners = createSocketOwners(procRoot, files, createUserNames(options.passwdFile ?? "/etc/passwd"));
  const namespaces = createNamespaces(procRoot, files);
  const containers = options.containers === false ? undefined : createContainerSockets(procRoot, namespaces, files);
  const eventSources = openEventSources(options, {
    procRoot,
    files,
    namespaces,
    scopeOfAddress: (address) => containers?.scopeOfAddress(address),
    processOf: owners.processOf,
  });
  let previous: number | undefined;

  async function sample(isLast = false): Promise<Snapshot> {
    const cpuBefore = process.cpuUsage();
    const monotonic = performance.now();
    const at = Date.now();
    const tables = readSocketTables(`${procRoot}/net`, files);
    const inContainers = containers?.look(at, isLast);
    const observations = tables.observations.concat(inContainers?.observations ?? []);
    const { ownerless, obstacle } = owners.attribute(observations, at);
    const range = unlessUnreadable(() => parsePortRange(files.read(`${procRoot}/sys/net/ipv4/ip_local_port_range`)));
    // After the tables: what opened meanwhile is shown by the next ones, and what closed is explained.
    const taken = eventSources.map((source) => source.take(isLast));
    const healthy = new Set(
      taken.filter(({ source, isBlind }) => source.ok && isBlind !== true).map(({ source }) => source.name),
    );
    const unread = inContainers?.unread ?? new Map<string, string>();
    if (containers && namespaces.seesAll(at) && unread.size === 0) healthy.add(CONTAINERS);
    if (healthy.has(CONTAINERS) && namespaces.others(at).length === 0) healthy.add(NO_CONTAINERS);
    const blindTo = BLIND_TO.filter(({ seenBy }) => !seenBy.some((name) => healthy.has(name))).map(({ word }) => word);
    const tellsOpenings = healthy.has(TRACEFS);
    const cpu = process.cpuUsage(cpuBefore);
    const unnamed = ownerless > 0 && obstacle !== undefined;
    const source: Source = {
      name: "proc-net",
      ok: tables.failures.length === 0,
      observations: observations.length,
      lost: tables.lost + (inContainers?.lost ?? 0),
      gapMs: previous === undefined ? 0 : Math.max(0, Math.round(monotonic - previous - expectedIntervalMs)),
      cpuMs: (cpu.user + cpu.system) / 1000,
      blindTo: unnamed ? [...blindTo, "processes"] : blindTo,
    };
    const reasons = [
      ...tables.failures,
      ...[...unread].map(([scope, why]) => `container ${scope} was not read: ${why}`),
    ];
    if (unnamed) reasons.push(`${ownerless} sockets have no known process: ${obstacle}`);
    if (reasons.length > 0) source.reason = reasons.join("; ").slice(0, 1024);
    previous = monotonic;
    return {
      at,
      // A socket's own row says more, and comes first: the same tuple counts once.
      observations: observations.concat(taken.flatMap(({ rows }) => rows ?? [])),
      events: firstWords(
        taken.flatMap(({ events }) => events),
        tellsOpenings,
        namespaces.seesKernelPids,
      ),
      tellsOpenings,
      tellsFailures: tellsOpenings || healthy.has(SS_EVENTS),
      isComplete: source.ok,
      ...(unread.size > 0 && { unreadScopes: new Set(unread.keys()) }),
      // The collector takes a host for blind to what all of its sources miss: each says what all together miss.
      sources: [source, ...taken.map((other) => ({ ...other.source, blindTo: source.blindTo }))],
      ephemeralPorts: range ?? { ...DEFAULT_EPHEMERAL_PORTS },
    };
  }

  return {
    sample,
    async close() {
      await Promise.all(eventSources.map((source) => source.close()));
    },
  };
}
