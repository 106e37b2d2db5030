import type { Bundle } from "@portolan/firewall";

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
