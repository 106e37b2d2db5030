import type { Protocol } from "@portolan/protocol";

export interface AdPort {
  protocol: Protocol;
  fromPort: number;
  toPort: number;
  /** What a member uses it for. */
  purpose: string;
}

/** Where Windows from 2008 on, and Samba, put RPC services that have no port of their own. */
export const DYNAMIC_RPC: AdPort = { protocol: "tcp", fromPort: 49_152, toPort: 65_535, purpose: "dynamic RPC" };

const one = (protocol: Protocol, port: number, purpose: string): AdPort => ({
  protocol,
  fromPort: port,
  toPort: port,
  purpose,
});

/**
 * The ports that a member needs to its domain controllers, by Microsoft's "How to configure a firewall for Active Directory
 * domains and trusts" and "Service overview and network port requirements for Windows". Replication between controllers
 * (FRS, DFSR) is no member's business. ICMP, with which a client finds out how slow its link is, has no port.
 */
export const AD_PORTS: readonly AdPort[] = [
  one("tcp", 53, "DNS"),
  one("udp", 53, "DNS"),
  one("tcp", 88, "Kerberos"),
  one("udp", 88, "Kerberos"),
  one("udp", 123, "time"),
  one("tcp", 135, "RPC endpoint mapper"),
  one("tcp", 389, "LDAP"),
  one("udp", 389, "LDAP, by which a controller is found"),
  one("tcp", 445, "SMB: group policy, logon scripts"),
  one("tcp", 464, "password change"),
  one("udp", 464, "password change"),
  one("tcp", 636, "LDAP over TLS"),
  one("tcp", 3268, "global catalogue"),
  one("tcp", 3269, "global catalogue over TLS"),
  one("tcp", 9389, "AD web services"),
  DYNAMIC_RPC,
];

/** By which somebody proves who he is, or asks the directory about others. */
export const AUTHENTICATION_PORTS: ReadonlySet<number> = new Set([88, 389, 464, 636, 3268, 3269]);

const BY_PORT = Map.groupBy(
  AD_PORTS.filter((entry) => entry !== DYNAMIC_RPC),
  ({ fromPort }) => fromPort,
);

/** The line of the list that a port stands in. O(1). */
export function adPortOf(protocol: Protocol, port: number): AdPort | undefined {
  if (port >= DYNAMIC_RPC.fromPort) return protocol === DYNAMIC_RPC.protocol ? DYNAMIC_RPC : undefined;
  return BY_PORT.get(port)?.find((entry) => entry.protocol === protocol);
}
