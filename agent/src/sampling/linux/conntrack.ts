import type { Observation } from "../sampler.ts";
import { tupleKey } from "../tuple.ts";
import type { ConntrackReading, ConntrackTable } from "./conntrack-table.ts";
import type { EventSource } from "../event-source.ts";
import type { Namespaces } from "./namespaces.ts";
import { parseConntrack, type Tracked, type TrackedTuple } from "./parse-conntrack.ts";

export const CONNTRACK = "conntrack";

/** The kernel forgets a UDP flow that nobody answered after 30 s, and a reset connection after 10. */
const READ_EVERY_MS = 10_000;
/** Rows kept between two looks at most. */
const MOST_ROWS = 100_000;

interface ConntrackOptions {
  table: Pick<ConntrackTable, "read">;
  namespaces: Namespaces;
  now?: () => number;
}

/**
 * What the host itself tracks, where it does: peers of unconnected UDP sockets, and connections whose address is
 * translated, which no socket table shows. Of a translated one both tuples that have an own end are rows: as its client
 * called, and as it was passed on. The agent never makes a host track anything.
 */
export function createConntrack({ table, namespaces, now = Date.now }: ConntrackOptions): EventSource {
  let rows = new Map<string, Observation>();
  let rowsBefore: Observation[] = [];
  let lost = 0;
  let observations = 0;
  let cpuMicros = 0;
  /** Rows of one reading at most. */
  let unread = 0;
  let failure: string | undefined;
  let isReadSince = false;
  /** A child that is late is not asked twice. */
  let isReading = false;

  function look(): void {
    if (isReading) return;
    isReading = true;
    const cpuBefore = process.cpuUsage();
    let isMeasured = true;
    table.read((given) => {
      const cpuGiven = isMeasured ? cpuBefore : process.cpuUsage();
      isReading = false;
      isReadSince = true;
      if (given instanceof Error) failure = given.message;
      else {
        add(given);
        failure = undefined;
      }
      spent(cpuGiven);
      isMeasured = false;
    });
    // What came later measured itself.
    if (isMeasured) spent(cpuBefore);
    isMeasured = false;
  }

  function spent(since: NodeJS.CpuUsage): void {
    const { user, system } = process.cpuUsage(since);
    cpuMicros += user + system;
  }

  function add({ text, beyond }: ConntrackReading): void {
    const at = now();
    const parsed = parseConntrack(text, { skipsPlainTcp: true });
    unread = Math.max(unread, beyond);
    lost += parsed.lost + beyond;
    observations += parsed.tracked.length + parsed.plain;
    for (const tracked of parsed.tracked)
      for (const row of rowsOf(tracked, (address) => namespaces.hasAddress(address, at))) keep(row);
  }

  function keep(row: Observation): void {
    const key = tupleKey(row);
    if (rows.size < MOST_ROWS || rows.has(key)) rows.set(key, row);
    else lost += 1;
  }

  const timer = setInterval(look, READ_EVERY_MS).unref();
  return {
    take(isLast = false) {
      // To read the table makes the kernel walk all of its buckets, and print what of TCP is skipped here.
      if (isLast || !isReadSince) look();
      // A table without a row: no rule of this host asks for tracking, as far as can be seen.
      const isBlind = failure === undefined && isReadSince && observations === 0;
      const short = unread > 0 ? `the table is longer than is read: ${unread} of its rows were not seen` : undefined;
      const reason = isBlind ? "this host tracks no connections" : (failure ?? short);
      // As they were, while a child is not back with its answer, and once where there is none: shown no more, and then
      // again, they would count twice.
      const isUnknown = rows.size === 0 && (!isReadSince || failure !== undefined);
      const shown = isUnknown ? rowsBefore : [...rows.values()];
      const taken = {
        events: [],
        rows: shown,
        isBlind,
        source: {
          name: CONNTRACK,
          ok: failure === undefined,
          ...(reason !== undefined && { reason }),
          observations,
          lost,
          gapMs: 0,
          cpuMs: cpuMicros / 1000,
        },
      };
      rowsBefore = isReadSince ? [...rows.values()] : shown;
      rows = new Map();
      lost = 0;
      unread = 0;
      observations = 0;
      cpuMicros = 0;
      isReadSince = false;
      return taken;
    },
    close: async () => clearInterval(timer),
  };
}

/**
 * TCP that is not translated is in the socket tables, with its process; here it would only be there again. Of UDP, a
 * datagram that nobody answered is one that was sent.
 */
function rowsOf({ protocol, original, reply, isReplied }: Tracked, isOwn: (address: string) => boolean): Observation[] {
  const passedOn = {
    source: reply.destination,
    sourcePort: reply.destinationPort,
    destination: reply.source,
    destinationPort: reply.sourcePort,
  };
  const isTranslated = !isSameTuple(original, passedOn);
  if (protocol === "tcp" && !(isTranslated && isReplied)) return [];
  const tuples = isTranslated ? [original, passedOn] : [original];
  return tuples.flatMap((tuple) => rowsOfTuple(protocol, tuple, isOwn));
}

function isSameTuple(one: TrackedTuple, other: TrackedTuple): boolean {
  return (
    one.source === other.source &&
    one.sourcePort === other.sourcePort &&
    one.destination === other.destination &&
    one.destinationPort === other.destinationPort
  );
}

/** One row for each end that is this host's; over loopback that is both. */
function rowsOfTuple(
  protocol: Observation["protocol"],
  { source, sourcePort, destination, destinationPort }: TrackedTuple,
  isOwn: (address: string) => boolean,
): Observation[] {
  const common = {
    protocol,
    state: protocol === "udp" ? "connected" : "established",
    inode: 0,
    source: CONNTRACK,
  } as const;
  const rows: Observation[] = [];
  if (isOwn(source))
    rows.push({
      ...common,
      localAddress: source,
      localPort: sourcePort,
      remoteAddress: destination,
      remotePort: destinationPort,
      direction: "outbound",
    });
  if (isOwn(destination))
    rows.push({
      ...common,
      localAddress: destination,
      localPort: destinationPort,
      remoteAddress: source,
      remotePort: sourcePort,
      direction: "inbound",
    });
  return rows;
}
