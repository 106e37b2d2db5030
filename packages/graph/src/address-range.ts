import ipaddr from "ipaddr.js";

/** A text that should have been an address or an address range. */
export class AddressRangeError extends Error {
  readonly value: string;

  constructor(value: string) {
    super(`"${value}" is no address range; expected one such as 10.1.2.0/24`);
    this.name = "AddressRangeError";
    this.value = value;
  }
}

/** An address or range as bits: `family` 4 or 6, `bits` the address as an integer, `length` of the prefix. */
export interface AddressRange {
  family: 4 | 6;
  bits: bigint;
  length: number;
}

/**
 * Reads "10.1.2.3", "10.1.2.0/24", "fe80::1" or "2001:db8::/64"; an address has the full length. Undefined for anything
 * else. IPv4-mapped IPv6 is read as IPv4.
 */
export function parseRange(text: string): AddressRange | undefined {
  const slash = text.indexOf("/");
  const address = slash < 0 ? text : text.slice(0, slash);
  if (!ipaddr.isValid(address) || (!address.includes(":") && !ipaddr.IPv4.isValidFourPartDecimal(address))) {
    return undefined;
  }
  const parsed = ipaddr.process(address);
  const width = parsed.kind() === "ipv4" ? 32 : 128;
  const length = slash < 0 ? width : Number(text.slice(slash + 1));
  if (!Number.isInteger(length) || length < 0 || length > width || text.endsWith("/")) return undefined;
  let bits = 0n;
  for (const byte of parsed.toByteArray()) bits = (bits << 8n) | BigInt(byte);
  return { family: width === 32 ? 4 : 6, bits, length };
}

/** The bits above a prefix of the given length: equal for two addresses exactly when both lie in the same such range. */
export function networkBits(range: AddressRange, length: number): bigint {
  return range.bits >> BigInt((range.family === 4 ? 32 : 128) - length);
}

/** The range of the given length around an address, as text: ("10.1.2.3", 24) is "10.1.2.0/24". */
export function formatNetwork(range: AddressRange, length: number): string {
  const width = range.family === 4 ? 32 : 128;
  const bits = networkBits(range, length) << BigInt(width - length);
  const bytes: number[] = [];
  for (let shift = width - 8; shift >= 0; shift -= 8) bytes.push(Number((bits >> BigInt(shift)) & 0xffn));
  return `${ipaddr.fromByteArray(bytes).toString()}/${length}`;
}

/** True for 127.0.0.0/8 and ::1, and ranges in them. */
export function isLoopback(address: string): boolean {
  return address.startsWith("127.") || address === "::1";
}

/** True for 169.254.0.0/16 and fe80::/10, which mean something only on one wire. */
export function isLinkLocal(address: string): boolean {
  return address.startsWith("169.254.") || /^fe[89ab][0-9a-f]?:/i.test(address);
}

/** True for addresses routed on the public internet. */
export function isPublic(address: string): boolean {
  return ipaddr.isValid(address) && ipaddr.process(address).range() === "unicast";
}
