import ipaddr from "ipaddr.js";

/**
 * One spelling per address or range: IPv4-mapped IPv6 becomes IPv4, IPv6 is written as RFC 5952 says, a zone index
 * (fe80::1%eth0) is dropped. Text that is no address comes back unchanged.
 */
export function normaliseAddress(text: string): string {
  const slash = text.indexOf("/");
  if (slash < 0) return normalised(text)?.address ?? text;
  const parsed = normalised(text.slice(0, slash));
  const prefix = Number(text.slice(slash + 1)) - (parsed?.wasMapped ? 96 : 0);
  return parsed === undefined || !(prefix >= 0) ? text : `${parsed.address}/${prefix}`;
}

/** The common case, told apart without parsing: four numbers without leading zeros, as z.ipv4 lets through. */
const PLAIN_IPV4 = /^(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)(?:\.(?!$)|$)){4}$/;

function normalised(text: string): { address: string; wasMapped: boolean } | undefined {
  if (PLAIN_IPV4.test(text)) return { address: text, wasMapped: false };
  const bare = text.split("%", 1)[0] ?? text;
  if (!ipaddr.isValid(bare)) return undefined;
  const parsed = ipaddr.parse(bare);
  if (parsed instanceof ipaddr.IPv6 && parsed.isIPv4MappedAddress()) {
    return { address: parsed.toIPv4Address().toString(), wasMapped: true };
  }
  return { address: parsed instanceof ipaddr.IPv6 ? parsed.toRFC5952String() : parsed.toString(), wasMapped: false };
}
