import type { Observation } from "../sampler.ts";
import type { EventSource } from "../event-source.ts";
import type { Namespaces } from "./namespaces.ts";
import { parseConntrack, type Tracked, type TrackedTuple } from "./parse-conntrack.ts";

export const CONNTRACK = "conntrack";

/** The kernel forgets a UDP flow that nobody answered after 30 s, and a reset connection after 10. */
const READ_EVERY_MS = 10_000;
/** Rows kept between two looks at most. */
const MOST_ROWS = 100_000;

interface ConntrackOptions {
  /** The text of /proc/net/nf_conntrack. Throws where it can't be read. */
  read: () => string;
  namespaces: Namespaces;
  now?: () => number;
}

/**
 * What the host itself tracks, where it does: peers of unconnected UDP sockets, and connections whose address is
 * translated, which no socket table shows. Of a translated one both tuples that have an own end are rows: as its client
 * called, and as it was passed on. The agent never makes a host track anything.
 */
export function createConntrack({ read, namespaces, now = Date.now }: ConntrackOptions): EventSource {
  let rows = new Map<string, Observation>();
  let rowsBefore: Observation[] = [];
  let lost = 0;
  let observations = 0;
  let cpuMicros = 0;
  let failure: string | undefined;

  function look(): void {
    const cpuBefore = process.cpuUsage();
    const at = now();
    try {
      const parsed = parseConntrack(read(), { skipsPlainTcp: true });
      lost += parsed.lost;
      observations += parsed.tracked.length + parsed.plain;
      for (const tracked of parsed.tracked) {
        for (const row of rowsOf(tracked, (address) => namespaces.hasAddress(address, at))) {
          const { protocol, localAddress, localPort, remoteAddress, remotePort } = row;
          const key = `${protocol} ${localAddress} ${localPort} ${remoteAddress} ${remotePort}`;
          if (rows.size < MOST_ROWS || rows.has(key)) rows.set(key, row);
          else lost += 1;
        }
      }
      failure = undefined;
    } catch (error) {
      failure = error instanceof Error ? error.message : String(error);
    }
    const { user, system } = process.cpuUsage(cpuBefore);
    cpuMicros += user + system;
  }

  const timer = setInterval(look, READ_EVERY_MS).unref();
  return {
    take() {
      look();
      timer.refresh();
      // A table without a row: no rule of this host asks for tracking, as far as can be seen.
      const isBlind = failure === undefined && observations === 0;
      const reason = isBlind ? "this host tracks no connections" : failure;
      // As they were, once: shown no more, and then again, they would count twice.
      const shown = failure !== undefined && rows.size === 0 ? rowsBefore : [...rows.values()];
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
      rowsBefore = [...rows.values()];
      rows = new Map();
      lost = 0;
      observations = 0;
      cpuMicros = 0;
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
