import {
  type AddressRange,
  AddressRangeError,
  formatNetwork,
  isLinkLocal,
  isLoopback,
  isPublic,
  networkBits,
  parseRange,
} from "./address-range.ts";
import { assumedLength } from "./segments.ts";
import type { Segment, Zone, ZoneMatch } from "./types.ts";

export interface ZoneIndex {
  /** The zone of an address, or of a range that lies in it whole; undefined where none holds it. */
  zoneOf(address: string, site: string): ZoneMatch | undefined;
}

/** Ranges of one site and family by prefix length, longest first: a lookup is one map access per length in use. */
type PrefixTable = { length: number; byNetwork: Map<bigint, ZoneMatch> }[];

/**
 * The zone of an address: of its site's ranges that hold it, the one with the longest prefix.
 *
 * Without any zone the segments stand in, named by their range, and an address outside all of them lies in its /24 or
 * /64. Where segments of several sites are known, a segment's name carries its site (`10.1.2.0/24@site`), for the same
 * range at two sites is two segments; the range of a public address that nobody has carries none.
 * A zone's name that stands at several sites carries the site too: their addresses mean different hosts, and between
 * the sites lies a firewall.
 * Loopback and link-local addresses lie nowhere.
 *
 * Building is O(ranges), a lookup O(prefix lengths in use), a repeated one O(1).
 * @throws AddressRangeError for a zone whose cidr is no address range.
 */
export function createZoneIndex(zones: readonly Zone[], segments: readonly Segment[]): ZoneIndex {
  const isSegment = zones.length === 0;
  const manySites = new Set(segments.map((segment) => segment.site)).size > 1;
  const segmentName = (cidr: string, site: string): string => (manySites ? `${cidr}@${site}` : cidr);
  const manyPlaces = namesAtManySites(zones);
  const ranges = isSegment
    ? segments.map(({ cidr, site }) => ({ cidr, site, name: segmentName(cidr, site), kind: "servers" as const }))
    : zones.map((zone) => ({ ...zone, name: manyPlaces.has(zone.name) ? `${zone.name}@${zone.site}` : zone.name }));

  const tables = new Map<string, PrefixTable>();
  for (const { cidr, site, name, kind } of ranges) {
    const range = parseRange(cidr);
    if (!range) throw new AddressRangeError(cidr);
    insert(tables, site, range, { name, kind, isSegment });
  }
  for (const table of tables.values()) table.sort((a, b) => b.length - a.length);

  function find(address: string, site: string): ZoneMatch | undefined {
    const range = isLoopback(address) || isLinkLocal(address) ? undefined : parseRange(address);
    if (!range) return undefined;
    for (const { length, byNetwork } of tables.get(tableKey(site, range)) ?? []) {
      if (length > range.length) continue;
      const match = byNetwork.get(networkBits(range, length));
      if (match) return match;
    }
    if (!isSegment) return undefined;
    const cidr = formatNetwork(range, Math.min(range.length, assumedLength(range)));
    const external = isPublic(address.replace(/\/.*$/, ""));
    return { name: external ? cidr : segmentName(cidr, site), kind: external ? "external" : "servers", isSegment };
  }

  const remembered = new Map<string, ZoneMatch | undefined>();
  return {
    zoneOf(address, site) {
      const key = `${site}\n${address}`;
      if (!remembered.has(key)) remembered.set(key, find(address, site));
      return remembered.get(key);
    },
  };
}

function namesAtManySites(zones: readonly Zone[]): Set<string> {
  const first = new Map<string, string>();
  const many = new Set<string>();
  for (const { name, site } of zones) {
    if ((first.get(name) ?? site) === site) first.set(name, site);
    else many.add(name);
  }
  return many;
}

function insert(tables: Map<string, PrefixTable>, site: string, range: AddressRange, match: ZoneMatch): void {
  const key = tableKey(site, range);
  let table = tables.get(key);
  if (!table) tables.set(key, (table = []));
  let level = table.find(({ length }) => length === range.length);
  if (!level) table.push((level = { length: range.length, byNetwork: new Map() }));
  const network = networkBits(range, range.length);
  if (!level.byNetwork.has(network)) level.byNetwork.set(network, match);
}

function tableKey(site: string, { family }: AddressRange): string {
  return `${family}\n${site}`;
}
