import { type AddressRange, formatNetwork, isLinkLocal, isLoopback, networkBits, parseRange } from "./address-range.ts";
import { byText, sortedText } from "./order.ts";
import type { Host, HostId, Segment } from "./types.ts";

/** The prefix length that is assumed where no interface says one. */
export function assumedLength(range: AddressRange): number {
  return range.family === 4 ? 24 : 64;
}

/**
 * The segments that the hosts' interfaces lie in, sorted by site and range. Loopback, link-local and host-local
 * addresses make none. An address without a useful prefix (none, 0, or the full length, as on point-to-point links)
 * joins the smallest segment of its site that holds it, else its /24 or /64. O(addresses × prefix lengths in use).
 */
export function segmentsOf(hosts: readonly Host[]): Segment[] {
  const segments = new Map<string, { cidr: string; site: string; hosts: Set<HostId> }>();
  /** Lengths in use, longest first, so that the first hit is the smallest segment. */
  const lengths = new Set<number>();
  const join = (host: Host, range: AddressRange, length: number): void => {
    const id = key(host.site, range, length);
    let segment = segments.get(id);
    if (!segment) {
      segments.set(id, (segment = { cidr: formatNetwork(range, length), site: host.site, hosts: new Set() }));
    }
    segment.hosts.add(host.id);
    lengths.add(length);
  };

  const undecided: { host: Host; range: AddressRange }[] = [];
  for (const host of hosts) {
    for (const { address, prefix, hostLocal } of host.addresses) {
      const range = hostLocal || isLoopback(address) || isLinkLocal(address) ? undefined : parseRange(address);
      if (!range) continue;
      if (prefix === undefined || prefix === 0 || prefix >= range.length) undecided.push({ host, range });
      else join(host, range, prefix);
    }
  }
  const known = [...lengths].sort((a, b) => b - a);
  const holding = undecided.map(({ host, range }) =>
    known.find((length) => length <= range.length && segments.has(key(host.site, range, length))),
  );
  for (const [index, { host, range }] of undecided.entries()) {
    join(host, range, holding[index] ?? assumedLength(range));
  }
  return [...segments.values()]
    .map(({ cidr, site, hosts: members }) => ({ cidr, site, hosts: sortedText(members) }))
    .sort((a, b) => byText(a.site, b.site) || byText(a.cidr, b.cidr));
}

function key(site: string, range: AddressRange, length: number): string {
  return `${site}\n${range.family}\n${length}\n${networkBits(range, length)}`;
}
