import { isLinkLocal, isLoopback, networkBits, parseRange } from "./address-range.ts";
import type { Host, HostId } from "./types.ts";

/** The host that an address means, and whether it was found at another site than the one asked from. */
export interface AddressMatch {
  hostId: HostId;
  crossSite: boolean;
}

export interface AddressIndex {
  /**
   * The host that `address` means to `observer` (the host that saw it, if known) at `site`; undefined where nobody or
   * more than one host could be meant.
   */
  resolve(address: string, observer: HostId | undefined, site: string): AddressMatch | undefined;
  /** True for an address that means something only inside the host, or on one wire: no firewall ever sees it. */
  isHostLocal(address: string, hostId: HostId | undefined): boolean;
}

interface OwnAddresses {
  addresses: Set<string>;
  reachable: Set<string>;
  /** Prefixes of bridges inside the host: (family, length, network bits). */
  bridges: { family: 4 | 6; length: number; network: bigint }[];
}

/**
 * Who an address belongs to, in this order: loopback and link-local (169.254/16, fe80::/10) to the observer; the
 * observer's own addresses and the ranges of bridges inside it to the observer; then the one host of the own site; then
 * the one host of all other sites, marked cross-site. Two candidates are none; but a clone that kept the address of its
 * original is no candidate.
 *
 * Building is O(addresses); resolving is O(1), or O(bridges of the observer) for an address that is not its own.
 */
export function createAddressIndex(hosts: readonly Host[]): AddressIndex {
  const own = new Map<HostId, OwnAddresses>();
  /** address → site → host, or null where two hosts of the site have it. */
  const known = new Map<string, Map<string, HostId | null>>();
  for (const host of [...hosts.filter((one) => !one.cloneOf), ...hosts.filter((one) => one.cloneOf)]) {
    own.set(host.id, ownAddresses(host));
    for (const { address, hostLocal } of host.addresses) {
      if (hostLocal || isLoopback(address) || isLinkLocal(address)) continue;
      let sites = known.get(address);
      if (!sites) known.set(address, (sites = new Map()));
      const present = sites.get(host.site);
      if (present !== undefined && present === host.cloneOf) continue;
      sites.set(host.site, present === undefined || present === host.id ? host.id : null);
    }
  }

  function resolve(address: string, observer: HostId | undefined, site: string): AddressMatch | undefined {
    const observed = observer === undefined ? undefined : { hostId: observer, crossSite: false };
    if (isLoopback(address) || isLinkLocal(address)) return observed;
    const mine = observer === undefined ? undefined : own.get(observer);
    if (mine && (mine.addresses.has(address) || isOnBridge(mine, address))) return observed;
    const sites = known.get(address);
    if (!sites) return undefined;
    const here = sites.get(site);
    if (here !== undefined) return here === null ? undefined : { hostId: here, crossSite: false };
    const [elsewhere] = sites.values();
    return sites.size === 1 && elsewhere ? { hostId: elsewhere, crossSite: true } : undefined;
  }

  function isHostLocal(address: string, hostId: HostId | undefined): boolean {
    if (isLoopback(address) || isLinkLocal(address)) return true;
    const mine = hostId === undefined ? undefined : own.get(hostId);
    if (!mine || mine.reachable.has(address)) return false;
    return mine.addresses.has(address) || isOnBridge(mine, address);
  }

  return { resolve, isHostLocal };
}

function ownAddresses(host: Host): OwnAddresses {
  const addresses = new Set(host.addresses.map((entry) => entry.address));
  const reachable = new Set(host.addresses.filter((entry) => !entry.hostLocal).map((entry) => entry.address));
  const bridges: OwnAddresses["bridges"] = [];
  for (const { address, prefix, hostLocal } of host.addresses) {
    if (!hostLocal || prefix === undefined || isLoopback(address) || isLinkLocal(address)) continue;
    const range = parseRange(address);
    if (range) bridges.push({ family: range.family, length: prefix, network: networkBits(range, prefix) });
  }
  return { addresses, reachable, bridges };
}

function isOnBridge(own: OwnAddresses, address: string): boolean {
  if (own.bridges.length === 0) return false;
  const range = parseRange(address);
  return (
    range !== undefined &&
    own.bridges.some(
      (bridge) =>
        bridge.family === range.family &&
        bridge.length <= range.length &&
        networkBits(range, bridge.length) === bridge.network,
    )
  );
}
