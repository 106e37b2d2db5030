import { SocketAddress } from "node:net";
import type { Protocol } from "@portolan/protocol";

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
  /** Lines that are no rows; of other protocols than TCP and UDP none is lost. */
  lost: number;
}

const TUPLE =
  /src=(?<source>\S+) dst=(?<destination>\S+) sport=(?<sourcePort>\d+) dport=(?<destinationPort>\d+)(?: packets=\d+ bytes=(?<bytes>\d+))?/g;
const HEAD =
  /^(?:\s*\[(?<event>NEW|UPDATE|DESTROY)\]\s+)?(?:ipv[46]\s+\d+\s+)?(?<protocol>[a-z0-9-]+)\s+\d+\s+(?:\d+\s+)?(?<state>[A-Z][A-Z_0-9]+)?/;

/** Reads whole lines of /proc/net/nf_conntrack, `conntrack -L` or `conntrack -E`, which share one form. */
export function parseConntrack(text: string): ParsedConntrack {
  const result: ParsedConntrack = { tracked: [], lost: 0 };
  for (const line of text.split("\n")) {
    if (line.trim() === "") continue;
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
  const { source, destination, sourcePort, destinationPort, bytes } = groups;
  const addresses = [shortest(source), shortest(destination)];
  const ports = [Number(sourcePort), Number(destinationPort)];
  if (ports.some((port) => !(port <= 65_535))) return undefined;
  const [from, to] = addresses;
  if (from === undefined || to === undefined) return undefined;
  const [sourceNumber = 0, destinationNumber = 0] = ports;
  const found: TrackedTuple = {
    source: from,
    sourcePort: sourceNumber,
    destination: to,
    destinationPort: destinationNumber,
  };
  return bytes === undefined ? found : { ...found, bytes: Number(bytes) };
}

/** RFC 5952's spelling, as socket tables have it: the kernel prints all zeros of an IPv6 address here. */
function shortest(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  if (!text.includes(":")) return text;
  try {
    return new SocketAddress({ address: text, family: "ipv6" }).address;
  } catch {
    return undefined;
  }
}
