import type { HostId } from "@portolan/graph";
import type { Protocol } from "@portolan/protocol";

const DAY_MS = 86_400_000;

/** "2026-11-20" to whole days since 1970-01-01. */
export function dayNumber(day: string): number {
  if (day !== latest.day) latest = { day, number: Date.parse(`${day}T00:00:00Z`) / DAY_MS };
  return latest.number;
}

/** The flows of a report are of one day, seldom of two. */
let latest = { day: "1970-01-01", number: 0 };

/** The reverse of dayNumber. */
export function dayText(day: number): string {
  return new Date(day * DAY_MS).toISOString().slice(0, 10);
}

/** IANA protocol numbers. */
const PROTOCOL_NUMBERS: Record<Protocol, number> = { tcp: 6, udp: 17 };

export function protocolNumber(protocol: Protocol): number {
  return PROTOCOL_NUMBERS[protocol];
}

export function protocolName(number: number): Protocol {
  return number === PROTOCOL_NUMBERS.tcp ? "tcp" : "udp";
}

export function hostId(hostKey: number): HostId {
  return `h${hostKey}`;
}

/** Undefined when the text is no id of ours. */
export function hostKeyOf(id: HostId): number | undefined {
  return /^h[1-9][0-9]{0,14}$/.test(id) ? Number(id.slice(1)) : undefined;
}
