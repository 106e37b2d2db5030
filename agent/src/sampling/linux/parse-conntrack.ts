import type { Protocol } from "@portolan/protocol";
import { canonicalAddress } from "../address-text.ts";

/** One direction of a tracked connection. */
export interface TrackedTuple {
  source: string;
  sourcePort: number;
  destination: string;
  destinationPort: number;
  /** Only where the host counts (nf_conntrack_acct). With headers, as the kernel counts them. */
  bytes?: number;
}

/** A connection as the host's own tracking has it: as its client sees it, and as its server does. They differ by NAT. */
export interface Tracked {
  protocol: Protocol;
  /** Of an event: what happened. Absent in a table. */
  event?: "NEW" | "UPDATE" | "DESTROY";
  /** TCP's state; UDP has none. */
  state?: string;
  original: TrackedTuple;
  reply: TrackedTuple;
  /** False while nobody answered. */
  isReplied: boolean;
}

export interface ParsedConntrack {
  tracked: Tracked[];
  /** Rows of TCP whose addresses are not translated, where those were not asked for. */
  plain: number;
  /** Lines that are no rows; of other protocols than TCP and UDP none is lost. */
  lost: number;
}

const TUPLE =
  /(?<!\S)src=(?<source>\S+) dst=(?<destination>\S+) sport=(?<sourcePort>\d+) dport=(?<destinationPort>\d+)(?!\S)(?: packets=\d+ bytes=(?<bytes>\d+)(?!\S))?/g;
const HEAD =
  /^(?:\s*\[(?<event>NEW|UPDATE|DESTROY)\]\s+)?(?:ipv[46]\s+\d+\s+)?(?<protocol>[a-z0-9-]+)\s+\d+\s+(?:\d+\s+)?(?<state>[A-Z][A-Z_0-9]+)?/;

/** TCP whose answer comes from where its client called. */
const PLAIN_TCP =
  /^(?:ipv[46] +\d+ +)?tcp .*? src=(\S+) dst=(\S+) sport=(\d+) dport=(\d+) .*?src=\2 dst=\1 sport=\4 dport=\3(?!\S)/;

/**
 * Reads whole lines of /proc/net/nf_conntrack, `conntrack -L` or `conntrack -E`, which share one form.
 *
 * @param skipsPlainTcp most of a table often, and what the socket tables show as well: to skip it costs a twentieth
 */
export function parseConntrack(text: string, { skipsPlainTcp = false } = {}): ParsedConntrack {
  const result: ParsedConntrack = { tracked: [], plain: 0, lost: 0 };
  for (const line of text.split("\n")) {
    if (line.trim() === "") continue;
    if (skipsPlainTcp && PLAIN_TCP.test(line)) {
      result.plain += 1;
      continue;
    }
    const head = HEAD.exec(line)?.groups;
    const protocol = head?.["protocol"];
    if (protocol !== "tcp" && protocol !== "udp") {
      if (protocol === undefined) result.lost += 1;
      continue;
    }
    const [original, reply] = [...line.matchAll(TUPLE)].map((match) => tuple(match.groups ?? {}));
    if (!original || !reply) {
      result.lost += 1;
      continue;
    }
    const tracked: Tracked = { protocol, original, reply, isReplied: !line.includes("[UNREPLIED]") };
    const { event, state } = head ?? {};
    if (event !== undefined) tracked.event = event as NonNullable<Tracked["event"]>;
    if (state !== undefined) tracked.state = state;
    result.tracked.push(tracked);
  }
  return result;
}

function tuple(groups: Record<string, string | undefined>): TrackedTuple | undefined {
  const { source = "", destination = "", sourcePort, destinationPort, bytes } = groups;
  // The kernel prints all zeros of an IPv6 address here.
  const [from, to] = [canonicalAddress(source), canonicalAddress(destination)];
  const ports = [Number(sourcePort), Number(destinationPort)];
  if (ports.some((port) => !(port <= 65_535))) return undefined;
  if (from === undefined || to === undefined) return undefined;
  const [sourceNumber = 0, destinationNumber = 0] = ports;
  const found: TrackedTuple = {
    source: from,
    sourcePort: sourceNumber,
    destination: to,
    destinationPort: destinationNumber,
  };
  return !Number.isSafeInteger(Number(bytes)) ? found : { ...found, bytes: Number(bytes) };
}
