import { BlockList, isIPv4 } from "node:net";

/** The router's address on a segment: the first of the range. */
export function routerAddress(segment: { cidr: string }): string {
  const network = segment.cidr.split("/")[0] ?? "";
  return network.replace(/\d+$/, (last) => String(Number(last) + 1));
}

/** True when an IPv4 address lies in a range such as 10.1.2.0/24. */
export function isInside(address: string, cidr: string): boolean {
  const [network = "", prefix = ""] = cidr.split("/");
  const range = new BlockList();
  range.addSubnet(network, Number(prefix));
  return isIPv4(address) && range.check(address);
}
