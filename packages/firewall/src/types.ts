import type { Controller, ControllerUse, Dependency, Host, HostId, ListenerEvidence, Zone } from "@portolan/graph";
import type { Directory, Protocol } from "@portolan/protocol";

export type Scope = "cross-zone" | "all";

export interface RuleInput {
  dependencies: readonly Dependency[];
  hosts: readonly Host[];
  /** Empty means: segments stand in for zones. */
  zones: readonly Zone[];
  scope: Scope;
  /** What is known of Active Directory; without it members' traffic is traffic like any other. */
  activeDirectory?: ActiveDirectoryInput;
  /** How a bundle stands among the rules; exact where nothing is said. */
  bundleForm?: BundleForm;
}

/**
 * `exact`: by rules that allow what was seen, as everything else. `bundle`: by one rule that allows every member every port
 * of Microsoft's list on every controller, with what it allows beyond what was seen counted.
 */
export type BundleForm = "exact" | "bundle";

export interface ActiveDirectoryInput {
  controllers: readonly Controller[];
  uses: readonly ControllerUse[];
  /** What hosts told of their own membership. */
  memberships: ReadonlyMap<HostId, Directory["status"]>;
  /** Those that are open. */
  listeners: readonly ListenerEvidence[];
  /** What each watched host cannot see, in words of the protocol's BLINDNESS; a host that is not in it, nobody watches. */
  blindTo: ReadonlyMap<HostId, ReadonlySet<string>>;
  /** Controllers that are gone. */
  retired: ReadonlySet<HostId>;
}

export interface RuleEndpoint {
  /** Host name, or the address where nobody knows a name. */
  name: string;
  /** Sorted; /32 or /128 in exact mode. */
  addresses: string[];
}

export interface RuleService {
  protocol: Protocol;
  fromPort: number;
  toPort: number;
  /** IANA or well-known name, such as "ms-sql-s". */
  name?: string;
}

export interface RuleEvidence {
  /** Number of dependencies behind the rule. */
  flows: number;
  connections: number;
  /** Milliseconds since 1970 UTC. */
  firstSeen: number;
  lastSeen: number;
  /** Distinct days. */
  days: number;
  /** How many of the dependencies were seen from which end. */
  ends: { client: number; server: number; both: number };
  /** Ids of the dependencies, sorted. */
  dependencies: string[];
}

export interface Rule {
  id: string;
  sourceZone: string;
  destinationZone: string;
  sources: RuleEndpoint[];
  destinations: RuleEndpoint[];
  services: RuleService[];
  /** What it is for, from the processes seen: "nginx → postgres". */
  purpose: string;
  /** Host-to-host-port triples allowed and never seen; 0 but for a bundle that stands as one rule. */
  overPermission: number;
  evidence: RuleEvidence;
  /** Name of the bundle that the rule stands for, or is part of. */
  bundle?: string;
}

export interface BundlePort extends RuleService {
  /** What a member uses it for. */
  purpose: string;
  /** `observed`: at least one member was seen to use it on one of the controllers. */
  mark: "observed" | "required-but-not-seen";
  /** Pairs of member and controller address that were seen to use it. */
  pairs: number;
  connections: number;
  /** Milliseconds since 1970 UTC; absent where it was not seen. */
  firstSeen?: number;
  lastSeen?: number;
  /** Pairs of member and controller, as hosts, between which it may have been missed: see {@link BundleBlindness}. */
  blindPairs: number;
  /** Of the dynamic range: the ports that were seen, sorted. */
  observedPorts?: number[];
}

/** `kerberos-and-ldap`: it never said that it is joined, and uses both of a controller. */
export interface BundleMember {
  name: string;
  because: "reported" | "kerberos-and-ldap";
}

/** Between whom traffic of a protocol may have been missed, as neither end has an agent that sees it. */
export interface BundleBlindness {
  protocol: Protocol;
  /** Pairs of member and controller, as hosts, of `of` that there are. */
  pairs: number;
  of: number;
  /** Names of those that do not see it, in the bundle's order; of TCP two of them may see it together. */
  members: string[];
  controllers: string[];
  /** The same as a sentence. */
  text: string;
}

export interface RpcListener {
  controller: HostId;
  port: number;
  process: string;
}

/** RPC of the controllers, which is given any port of a range unless somebody pins it. */
export interface BundleRpc {
  /** True when the endpoint mapper and an RPC service in the range were both seen, so that their flows are one matter. */
  joined: boolean;
  /** RPC services in the range, as the controllers' agents list them; by name of the controller. */
  listeners: { controller: string; port: number; process: string }[];
  /** What to do, and what it does to the rule. */
  advice: string;
  /** Ports that the range opens on each controller now, and when RPC is pinned. */
  ports: { now: number; pinned: number };
  /** Over-permission of the bundle now, and at most when RPC is pinned. */
  overPermission: { now: number; pinned: number };
}

/** What members of a domain need of its controllers, from one zone to another: the flows seen, and the rest of Microsoft's list. */
export interface Bundle {
  id: string;
  /** "Active Directory corp.example". */
  name: string;
  domain?: string;
  sourceZone: string;
  destinationZone: string;
  sources: RuleEndpoint[];
  destinations: RuleEndpoint[];
  members: BundleMember[];
  ports: BundlePort[];
  /** What may have been missed; nothing where every pair of member and controller has an end that sees. */
  blind: BundleBlindness[];
  rpc: BundleRpc;
  /** Other controllers of the domain, to which these members may turn and were not seen to: none of its rules allows them. */
  unusedControllers: RuleEndpoint[];
  /** Ids of the rules that stand for it; none where the scope leaves them out. */
  rules: string[];
  /** Triples that the bundle as one rule allows and nobody was seen to use; and how many of these are the dynamic range's. */
  overPermission: number;
  overPermissionOfRange: number;
  evidence: RuleEvidence;
  /** From the processes seen. */
  purpose: string;
}

/**
 * A dependency that gave no rule, and why: no address, no zone, direction or port unknown, only failed attempts, or an address of a bridge inside a host
 * (a container's), which no firewall ever sees.
 */
export interface LeftOut {
  dependency: string;
  client: string;
  server: string;
  protocol: Protocol;
  serverPort: number;
  reason: "no-address" | "no-zone" | "direction-unknown" | "host-local-address" | "never-succeeded" | "port-unknown";
}

export interface MatrixCell {
  sourceZone: string;
  destinationZone: string;
  /** Rules between the two; on the diagonal those that the scope leaves out are counted too. */
  rules: number;
  dependencies: number;
  connections: number;
}

export interface RuleSet {
  mode: "exact";
  scope: Scope;
  zonesAreSegments: boolean;
  rules: Rule[];
  bundleForm: BundleForm;
  /** By zones and domain; none without what is known of Active Directory. */
  bundles: Bundle[];
  matrix: MatrixCell[];
  unzoned: LeftOut[];
}
