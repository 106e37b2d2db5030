import ipaddr from "ipaddr.js";
import { normaliseAddress } from "../ingest/normalise-address.ts";

/** The range in its one spelling, or why it is none. A range with host bits is an error that names the right network. */
export function checkRange(text: string): { range: string } | { reason: string } {
  const [address = "", prefix, ...rest] = text.split("/");
  if (!ipaddr.isValid(address) || (ipaddr.IPv4.isValid(address) && !ipaddr.IPv4.isValidFourPartDecimal(address))) {
    return { reason: "expected an address range such as 10.1.2.0/24" };
  }
  const bits = ipaddr.parse(address).kind() === "ipv4" ? 32 : 128;
  if (prefix === undefined) return { reason: `expected a range; of one address write ${address}/${bits}` };
  if (rest.length > 0 || !/^\d{1,3}$/.test(prefix) || Number(prefix) > bits) {
    return { reason: `expected a prefix length of 0 to ${bits}` };
  }
  const range = normaliseAddress(`${address}/${Number(prefix)}`);
  const network = networkOf(range);
  return network === range ? { range } : { reason: `host bits are set; the network is ${network}` };
}

function networkOf(range: string): string {
  const [address, prefix] = ipaddr.parseCIDR(range);
  const network =
    address.kind() === "ipv4" ? ipaddr.IPv4.networkAddressFromCIDR(range) : ipaddr.IPv6.networkAddressFromCIDR(range);
  return normaliseAddress(`${network.toString()}/${prefix}`);
}
