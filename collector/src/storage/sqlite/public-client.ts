import ipaddr from "ipaddr.js";

/** The network that stands for a client from the internet, and what of the client's address is behind its prefix. */
export interface PublicClient {
  /** The /24 or /64, spelled as normaliseAddress does. */
  range: string;
  client: string;
}

const IPV6_NETWORK_BYTES = 8;

/**
 * Undefined for everything but a single address that is routed on the internet: private (RFC 1918, RFC 4193), shared
 * (RFC 6598), link-local, loopback, multicast, documentation, benchmarking, tunnelling and reserved ranges (the
 * registries of RFC 6890), a range, and text that is no address.
 */
export function publicClient(address: string): PublicClient | undefined {
  if (!ipaddr.isValid(address)) return undefined;
  const parsed = ipaddr.parse(address);
  if (parsed.range() !== "unicast") return undefined;
  const bytes = parsed.toByteArray();
  if (parsed instanceof ipaddr.IPv4) return { range: `${bytes.slice(0, 3).join(".")}.0/24`, client: String(bytes[3]) };
  const network = bytes.map((byte, index) => (index < IPV6_NETWORK_BYTES ? byte : 0));
  const client = Buffer.from(bytes.slice(IPV6_NETWORK_BYTES)).toString("hex");
  return { range: `${new ipaddr.IPv6(network).toRFC5952String()}/64`, client };
}
