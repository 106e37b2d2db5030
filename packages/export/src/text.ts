import type { RuleService } from "@portolan/firewall";

/** Plain code-unit order: the same on every machine, whatever its language. */
export function byCodeUnits(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

/** Control characters and the two that are none: XML 1.0 (2.2, Char) cannot hold most, and no reader shows any but tab and line end. */
const CONTROL = /(?![\t\r\n])[\p{Cc}\uFFFE\uFFFF]/gu;

const REPLACEMENT = "\uFFFD";

/** Text without what no file can show: each such character becomes U+FFFD. */
export function printable(text: string): string {
  return text.toWellFormed().replace(CONTROL, REPLACEMENT);
}

/** RFC 3339 in UTC with milliseconds, of milliseconds since 1970 UTC. */
export function rfc3339(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}

/** A range for people: a single address without its /32 or /128. */
export function addressText(range: string): string {
  return range.replace(range.includes(":") ? /\/128$/ : /\/32$/, "");
}

/** A range for machines: an address without prefix gets its /32 or /128. */
export function cidr(address: string): string {
  if (address.includes("/")) return address;
  return address.includes(":") ? `${address}/128` : `${address}/32`;
}

/** Such as "tcp/1433 (ms-sql-s)" or "tcp/49152-65535". */
export function serviceText(service: RuleService): string {
  const ports = service.fromPort === service.toPort ? `${service.fromPort}` : `${service.fromPort}-${service.toPort}`;
  return `${service.protocol}/${ports}${service.name === undefined ? "" : ` (${service.name})`}`;
}

/** Names in one line. */
const SHOWN = 8;

/** "a, b, c", and how many more where there are many. */
export function someOf(names: readonly string[]): string {
  const shown = names.slice(0, SHOWN).join(", ");
  return names.length > SHOWN ? `${shown} … and ${names.length - SHOWN} more` : shown;
}
