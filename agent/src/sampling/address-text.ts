import { isIP, SocketAddress } from "node:net";

/** Addresses as text from the 32-bit words of /proc/net, each word in the host's byte order (little-endian). */
export interface AddressTexts {
  ipv4(word: number): string;
  /** IPv4-mapped addresses come out as IPv4; the rest as RFC 5952 says. */
  ipv6(word0: number, word1: number, word2: number, word3: number): string;
}

interface KnownIpv6 {
  word0: number;
  word1: number;
  word2: number;
  word3: number;
  text: string;
}

/** Remembers each text: the same few addresses fill most of a socket table. Meant to live for one table. */
export function createAddressTexts(): AddressTexts {
  const knownIpv4 = new Map<number, string>();
  const knownIpv6 = new Map<number, KnownIpv6>();

  function ipv4(word: number): string {
    let text = knownIpv4.get(word);
    if (text === undefined) {
      text = `${word & 255}.${(word >>> 8) & 255}.${(word >>> 16) & 255}.${word >>> 24}`;
      knownIpv4.set(word, text);
    }
    return text;
  }

  function ipv6(word0: number, word1: number, word2: number, word3: number): string {
    if (word0 === 0 && word1 === 0 && word2 === 0xffff0000) return ipv4(word3);
    const hash = (Math.imul(word0, 31) ^ Math.imul(word1, 37) ^ Math.imul(word2, 41) ^ word3) >>> 0;
    const known = knownIpv6.get(hash);
    if (known?.word3 === word3 && known.word2 === word2 && known.word1 === word1 && known.word0 === word0) {
      return known.text;
    }
    const text = ipv6Text([word0, word1, word2, word3].flatMap((word) => [group(word), group(word >>> 16)]));
    knownIpv6.set(hash, { word0, word1, word2, word3, text });
    return text;
  }

  return { ipv4, ipv6 };
}

/** The lower half of a little-endian word, its two bytes swapped into network order. */
function group(word: number): number {
  return ((word & 255) << 8) | ((word >>> 8) & 255);
}

/** RFC 5952: lower case, no leading zeros, the longest run of two or more zero groups (the first of equals) as `::`. */
function ipv6Text(groups: readonly number[]): string {
  let longestStart = 0;
  let longestLength = 1;
  let start = 0;
  for (let index = 0; index < groups.length; index++) {
    if (groups[index] !== 0) start = index + 1;
    else if (index + 1 - start > longestLength) {
      longestStart = start;
      longestLength = index + 1 - start;
    }
  }
  const hex = groups.map((value) => value.toString(16));
  if (longestLength < 2) return hex.join(":");
  return `${hex.slice(0, longestStart).join(":")}::${hex.slice(longestStart + longestLength).join(":")}`;
}

/** An address without zone that a tool or the kernel wrote, spelled as above; undefined where it is none. */
export function canonicalAddress(text: string): string | undefined {
  const family = isIP(text);
  if (family !== 6 || text.includes("%")) return family === 4 ? text : undefined;
  const { address } = new SocketAddress({ address: text, family: "ipv6" });
  // Else only the long forbidden IPv4-compatible ones are written with dots.
  return address.includes(".") ? /^::ffff:(?<ipv4>[\d.]+)$/.exec(address)?.groups?.["ipv4"] : address;
}

/** The same of an address that may have a zone, which is left out: of a link-local one it is this host's business alone. */
export function withoutZone(text: string): string | undefined {
  return canonicalAddress(text.replace(/%.*$/, ""));
}
