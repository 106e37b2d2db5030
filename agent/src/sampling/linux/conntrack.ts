import type { Observation } from "../sampler.ts";
import { tupleKey } from "../tuple.ts";
import type { ConntrackEnd, ConntrackTable } from "./conntrack-table.ts";
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
  let isTimed = false;

  function look(): void {
    if (isReading) return;
    isReading = true;
    const fresh = { rows: [] as Observation[], lost: 0, observations: 0 };
    const add = (text: string): void => {
      const at = now();
      const { tracked, plain, lost: unparsed } = parseConntrack(text, { skipsPlainTcp: true });
      fresh.lost += unparsed;
      fresh.observations += tracked.length + plain;
      for (const one of tracked)
        for (const row of rowsOf(one, (address) => namespaces.hasAddress(address, at)))
          if (fresh.rows.length < MOST_ROWS) fresh.rows.push(row);
          else fresh.lost += 1;
    };
    const over = (end: ConntrackEnd | Error): void => {
      isReading = false;
      isReadSince = true;
      failure = end instanceof Error ? end.message : undefined;
      // Half a table would show the other half as ended.
      if (end instanceof Error) return;
      unread = Math.max(unread, end.beyond);
      lost += fresh.lost + end.beyond;
      observations += fresh.observations;
      for (const row of fresh.rows) keep(row);
    };
    timed(() =>
      table.read(
        (text) => timed(() => add(text)),
        (end) => timed(() => over(end)),
      ),
    );
  }

  /** Adds what the action costs, once: what is read at once is part of the asking. */
  function timed(action: () => void): void {
    if (isTimed) return action();
    isTimed = true;
    const before = process.cpuUsage();
    action();
    const { user, system } = process.cpuUsage(before);
    cpuMicros += user + system;
    isTimed = false;
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
