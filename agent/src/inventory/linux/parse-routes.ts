/** A route over a gateway: what no interface made by itself. */
export interface Route {
  adapter: string;
  /** As in 10.1.0.0/16. */
  range: string;
  gateway: string;
}

/** RTF_UP and RTF_GATEWAY of <linux/route.h>. */
const UP_GATEWAY = 0x3;
/** RTF_DYNAMIC, RTF_MODIFIED: an ICMP redirect's. */
const REDIRECTED = 0x30;
/** RTF_ADDRCONF, RTF_DEFAULT, RTF_ROUTEINFO: a router's advertisement; RTF_CACHE: a copy. <linux/ipv6_route.h> */
const ADVERTISED_OR_COPY = 0x40000 | 0x10000 | 0x800000 | 0x1000000;

/**
 * Routes over gateways from /proc/net/route, whose addresses are in the machine's byte order, taken for little-endian.
 * The kernel's own have no gateway; who made the others it does not tell.
 */
export function parseRoutes(text: string): Route[] {
  return text
    .split("\n")
    .slice(1)
    .flatMap((line) => {
      const [adapter = "", destination = "", gateway = "", flags = "", , , , mask = ""] = line.trim().split(/\s+/);
      const bits = Number.parseInt(flags, 16);
      if (!/^[0-9A-F]{8}$/i.test(gateway) || (bits & UP_GATEWAY) !== UP_GATEWAY || (bits & REDIRECTED) !== 0) return [];
      const ones = Number.parseInt(mask, 16).toString(2).replaceAll("0", "").length;
      return [{ adapter, range: `${dotted(destination)}/${ones}`, gateway: dotted(gateway) }];
    });
}

/** The same of /proc/net/ipv6_route; what a router advertised is left out. */
export function parseRoutes6(text: string): Route[] {
  return text.split("\n").flatMap((line) => {
    const [destination = "", prefix = "", , , gateway = "", , , , flags = "", adapter = ""] = line.trim().split(/\s+/);
    const bits = Number.parseInt(flags, 16);
    if (!/^[0-9a-f]{64}$/.test(destination + gateway) || (bits & UP_GATEWAY) !== UP_GATEWAY) return [];
    if ((bits & (REDIRECTED | ADVERTISED_OR_COPY)) !== 0) return [];
    return [{ adapter, range: `${colons(destination)}/${Number.parseInt(prefix, 16)}`, gateway: colons(gateway) }];
  });
}

/** Gateways that a DHCP client wrote into its leases (dhclient, systemd-networkd, NetworkManager). */
export function parseLeaseRouters(text: string): string[] {
  return [...text.matchAll(/^[ \t]*(?:option routers |ROUTER=|routers=)(?<list>[\d., ]+);?[ \t\r]*$/gim)].flatMap(
    (match) => (match.groups?.["list"] ?? "").split(/[, ]+/).filter(Boolean),
  );
}

function dotted(hex: string): string {
  return [6, 4, 2, 0].map((at) => Number.parseInt(hex.slice(at, at + 2), 16)).join(".");
}

function colons(hex: string): string {
  const groups = Array.from({ length: 8 }, (_, index) => hex.slice(index * 4, index * 4 + 4).replace(/^0{1,3}/, ""));
  return new URL(`http://[${groups.join(":")}]/`).hostname.slice(1, -1);
}
