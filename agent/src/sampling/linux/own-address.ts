import { BlockList, isIPv4 } from "node:net";
import type { NetworkInterfaceInfo } from "node:os";

/**
 * The address from which this host talks to a peer, where that is plain: its only one in the peer's own network, or its
 * only one of the peer's family beyond loopback. Undefined where several could be.
 */
export function ownAddressTowards(
  peer: string,
  interfaces: Readonly<Record<string, NetworkInterfaceInfo[] | undefined>>,
): string | undefined {
  const family = isIPv4(peer) ? "IPv4" : "IPv6";
  const own = Object.values(interfaces)
    .flatMap((addresses) => addresses ?? [])
    .filter((address) => address.family === family);
  const near = own.filter(({ cidr }) => cidr !== null && contains(cidr, peer));
  const among = near.length > 0 ? near : own.filter(({ internal }) => !internal);
  const addresses = [...new Set(among.map(({ address }) => address))];
  return addresses.length === 1 ? addresses[0] : undefined;
}

function contains(cidr: string, address: string): boolean {
  const [network = "", prefix = ""] = cidr.split("/");
  const family = isIPv4(network) ? "ipv4" : "ipv6";
  const range = new BlockList();
  range.addSubnet(network, Number(prefix), family);
  return range.check(address, family);
}
