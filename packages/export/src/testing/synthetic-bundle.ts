import type { Bundle } from "@portolan/firewall";

const AT = Date.UTC(2026, 10, 20);
/** When all of the synthetic domain was seen; milliseconds since 1970 UTC. */
export const SEEN = { firstSeen: AT, lastSeen: AT + 3_600_000 };

/** SYNTHETIC: the bundle of two members, of which one never said that it is joined. */
export function syntheticBundle(): Bundle {
  return {
    id: "B-2",
    name: "Active Directory",
    sourceZone: "app",
    destinationZone: "core",
    sources: [{ name: "m1", addresses: ["10.1.1.11", "10.1.1.12"] }],
    destinations: [{ name: "dc1", addresses: ["10.1.2.21", "2001:db8::1"] }],
    members: [
      { name: "m1", because: "reported" },
      { name: "m2", because: "kerberos-and-ldap" },
    ],
    ports: [
      {
        protocol: "tcp",
        fromPort: 49_152,
        toPort: 65_535,
        purpose: "dynamic RPC",
        mark: "observed",
        pairs: 2,
        blindPairs: 0,
        connections: 3,
        observedPorts: [49_664, 49_670],
      },
    ],
    rpc: {
      joined: true,
      listeners: [],
      advice: "Pin it.",
      ports: { now: 16_384, pinned: 2 },
      overPermission: { now: 9, pinned: 4 },
    },
    blind: [],
    unusedControllers: [],
    rules: [],
    overPermission: 9,
    overPermissionOfRange: 5,
    evidence: {
      flows: 2,
      connections: 3,
      firstSeen: Date.UTC(2026, 10, 20),
      lastSeen: Date.UTC(2026, 10, 21),
      days: 2,
      ends: { client: 0, server: 0, both: 2 },
      dependencies: ["d1", "d2"],
    },
    purpose: "lsass.exe",
  };
}

/** SYNTHETIC: the bundle of a domain's one member and one controller; of its ports, one was seen and one may have been missed. */
export function syntheticDomainBundle(): Bundle {
  return {
    ...syntheticBundle(),
    id: "B-1",
    name: "Active Directory corp.example",
    domain: "corp.example",
    sources: [{ name: "m1", addresses: ["10.1.1.11/32"] }],
    destinations: [{ name: "dc1", addresses: ["10.1.2.21/32"] }],
    members: [{ name: "m1", because: "reported" }],
    ports: [
      {
        protocol: "tcp",
        fromPort: 88,
        toPort: 88,
        name: "kerberos",
        purpose: "Kerberos",
        mark: "observed",
        pairs: 1,
        connections: 7,
        ...SEEN,
        blindPairs: 0,
      },
      {
        protocol: "udp",
        fromPort: 464,
        toPort: 464,
        name: "kpasswd",
        purpose: "password change",
        mark: "required-but-not-seen",
        pairs: 0,
        connections: 0,
        blindPairs: 1,
      },
      {
        protocol: "tcp",
        fromPort: 49_152,
        toPort: 65_535,
        purpose: "dynamic RPC",
        mark: "required-but-not-seen",
        pairs: 0,
        connections: 0,
        blindPairs: 0,
        observedPorts: [],
      },
    ],
    blind: [
      {
        protocol: "udp",
        pairs: 1,
        of: 1,
        members: ["m1"],
        controllers: ["dc1"],
        text: "UDP may have been missed between every member and controller",
      },
    ],
    rpc: {
      joined: false,
      listeners: [{ controller: "dc1", port: 49_664, process: "lsass.exe" }],
      advice: "Pin it.",
      ports: { now: 16_384, pinned: 2 },
      overPermission: { now: 16_384, pinned: 2 },
    },
    unusedControllers: [{ name: "dc7", addresses: ["10.1.7.21"] }],
    rules: ["R-1"],
    overPermission: 16_384,
    overPermissionOfRange: 16_384,
    evidence: {
      flows: 1,
      connections: 7,
      ...SEEN,
      days: 1,
      ends: { client: 0, server: 0, both: 1 },
      dependencies: ["d1"],
    },
  };
}
