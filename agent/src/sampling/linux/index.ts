import type { Protocol, Source } from "@portolan/protocol";
import type { ConnectionEvent, Observation, Sampler, SamplerOptions, Snapshot } from "../sampler.ts";
import { DEFAULT_EPHEMERAL_PORTS, parsePortRange } from "./parse-port-range.ts";
import { parseProcNet } from "./parse-proc-net.ts";
import { parseSockstat } from "./parse-sockstat.ts";
import type { EventSource } from "./event-source.ts";
import { CONNTRACK, createConntrack } from "./conntrack.ts";
import { createOwnNamespace } from "./namespaces.ts";
import { createProcFileReader, ProcFileError, unlessUnreadable } from "./read-proc-file.ts";
import { createSocketOwners } from "./socket-owners.ts";
import { createSsEvents, SS_EVENTS } from "./ss-events.ts";
import { createTraceEvents, TRACEFS } from "./trace-events.ts";
import { NoTracingError, openTracing, prepareTracing, removeTracing, TRACE_ROOTS } from "./trace-instance.ts";
import { createUserNames } from "./user-names.ts";

/** What no sample of the socket tables can show, and which source can (linux-capture notes in the design). */
const BLIND_TO: readonly { word: string; seenBy: readonly string[] }[] = [
  { word: "udp-peers", seenBy: [CONNTRACK] },
  // Of its own resets ss knows neither address nor port.
  { word: "resets", seenBy: [TRACEFS] },
  { word: "peer-closed", seenBy: [SS_EVENTS, TRACEFS] },
  { word: "failed-attempts", seenBy: [SS_EVENTS, TRACEFS] },
  { word: "bytes", seenBy: [SS_EVENTS] },
  { word: "containers", seenBy: [] },
];

/** About 300,000 rows. */
const LONGEST_CONNTRACK = 64 * 1024 * 1024;

interface Tables {
  observations: Observation[];
  lost: number;
  failures: string[];
}

/** Samples /proc/net, in all states, and names the processes that hold the sockets. */
export function createSampler(options: SamplerOptions): Sampler {
  const procRoot = options.procRoot ?? "/proc";
  const expectedIntervalMs = options.expectedIntervalMs ?? 15_000;
  const files = createProcFileReader();
  const owners = createSocketOwners(procRoot, files, createUserNames(options.passwdFile ?? "/etc/passwd", files));
  const eventSources: EventSource[] = [];
  if (options.events !== undefined) {
    const { use, onGap } = options.events;
    const tracing = use.includes(TRACEFS) ? traceEvents(options) : undefined;
    // Beginnings before ends: each source is asked in this order, and what has ended by then has begun before.
    if (tracing !== undefined) eventSources.push(tracing);
    if (use.includes(SS_EVENTS)) eventSources.push(createSsEvents({ onGap }));
  }
  const conntrack = options.events?.use.includes(CONNTRACK) ? trackedByHost() : undefined;
  let previous: number | undefined;

  /** Undefined where this host has no tracing, or gives it to nobody but root. */
  function traceEvents({
    traceRoots: roots = TRACE_ROOTS,
    traceInstance: instance = "portolan",
  }: SamplerOptions): EventSource | undefined {
    const own = createOwnNamespace(procRoot);
    for (const root of roots) {
      const place = { root, instance };
      try {
        const isMade = process.getuid?.() === 0 && prepareTracing(place);
        const source = createTraceEvents({ instance: openTracing(place), own, processOf: owners.processOf });
        if (!isMade) return source;
        return { ...source, close: () => source.close().then(() => removeTracing(place)) };
      } catch (error) {
        if (!(error instanceof NoTracingError)) throw error;
      }
    }
    return undefined;
  }

  /** Undefined where the host tracks nothing, or lets nobody but root see it. */
  function trackedByHost() {
    const file = `${procRoot}/net/nf_conntrack`;
    const read = (): string => files.read(file, LONGEST_CONNTRACK).toString("latin1");
    const isTracking = (unlessUnreadable(() => files.read(file, 1)) ?? []).length > 0;
    return isTracking ? createConntrack({ read, own: createOwnNamespace(procRoot) }) : undefined;
  }

  function readTables(): Tables {
    const tables: Tables = { observations: [], lost: 0, failures: [] };
    readTable(tables, "tcp", "tcp");
    if (mayHoldIpv6Rows(tables.observations)) readTable(tables, "tcp6", "tcp");
    readTable(tables, "udp", "udp");
    readTable(tables, "udp6", "udp");
    return tables;
  }

  function readTable(tables: Tables, file: string, protocol: Protocol): void {
    try {
      const parsed = parseProcNet(files.read(`${procRoot}/net/${file}`), protocol);
      tables.observations = tables.observations.concat(parsed.observations);
      tables.lost += parsed.lost;
    } catch (error) {
      if (!(error instanceof ProcFileError)) throw error;
      // IPv6's tables are missing where it is switched off; IPv4's never are.
      if (!(file.endsWith("6") && error.kind === "missing")) tables.failures.push(error.message);
    }
  }

  /**
   * False only where no IPv6 socket stands and all that wait in TIME_WAIT are in IPv4's table. To read an empty tcp6
   * makes the kernel walk its whole hash of connections: 5 ms at 262,144 buckets, as much as 3,000 rows.
   */
  function mayHoldIpv6Rows(ipv4Rows: readonly Observation[]): boolean {
    const counters = unlessUnreadable(() => {
      const timeWait = parseSockstat(files.read(`${procRoot}/net/sockstat`), "TCP", "tw");
      const inUse = parseSockstat(files.read(`${procRoot}/net/sockstat6`), "TCP6", "inuse");
      return timeWait === undefined || inUse === undefined ? undefined : { timeWait, inUse };
    });
    if (counters === undefined || counters.inUse > 0) return true;
    let waiting = 0;
    for (const row of ipv4Rows) if (row.state === "time-wait") waiting++;
    return counters.timeWait > waiting;
  }

  async function sample(): Promise<Snapshot> {
    const cpuBefore = process.cpuUsage();
    const monotonic = performance.now();
    const at = Date.now();
    const tables = readTables();
    const { ownerless, obstacle } = owners.attribute(tables.observations, at);
    const range = unlessUnreadable(() => parsePortRange(files.read(`${procRoot}/sys/net/ipv4/ip_local_port_range`)));
    // After the tables: what opened meanwhile is shown by the next ones, and what closed is explained.
    const taken = eventSources.map((source) => source.take());
    const tracked = conntrack?.take();
    const healthy = new Set(
      [...taken, ...(tracked ? [tracked] : [])].filter(({ source }) => source.ok).map(({ source }) => source.name),
    );
    const blindTo = BLIND_TO.filter(({ seenBy }) => !seenBy.some((name) => healthy.has(name))).map(({ word }) => word);
    const tellsOpenings = healthy.has(TRACEFS);
    // Of a failed attempt two sources tell, and tracing knows whose it was.
    const isFirstWord = ({ kind, source }: ConnectionEvent): boolean =>
      kind !== "failed" || source === TRACEFS || !tellsOpenings;
    const cpu = process.cpuUsage(cpuBefore);
    const unnamed = ownerless > 0 && obstacle !== undefined;
    const source: Source = {
      name: "proc-net",
      ok: tables.failures.length === 0,
      observations: tables.observations.length,
      lost: tables.lost,
      gapMs: previous === undefined ? 0 : Math.max(0, Math.round(monotonic - previous - expectedIntervalMs)),
      cpuMs: (cpu.user + cpu.system) / 1000,
      blindTo: unnamed ? [...blindTo, "processes"] : blindTo,
    };
    const reasons = [...tables.failures];
    if (unnamed) {
      reasons.push(`${ownerless} sockets have no known process: ${obstacle}`);
    }
    if (reasons.length > 0) source.reason = reasons.join("; ").slice(0, 1024);
    previous = monotonic;
    return {
      at,
      // A socket's own row says more, and comes first: the same tuple counts once.
      observations: tracked === undefined ? tables.observations : tables.observations.concat(tracked.rows),
      events: taken.flatMap(({ events }) => events).filter(isFirstWord),
      tellsOpenings,
      tellsFailures: tellsOpenings || healthy.has(SS_EVENTS),
      isComplete: source.ok,
      sources: [
        source,
        ...[...taken, ...(tracked ? [tracked] : [])].map((other) => ({ ...other.source, blindTo: [] })),
      ],
      ephemeralPorts: range ?? { ...DEFAULT_EPHEMERAL_PORTS },
    };
  }

  return {
    sample,
    async close() {
      conntrack?.close();
      await Promise.all(eventSources.map((source) => source.close()));
    },
  };
}
