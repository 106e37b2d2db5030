import type { Dependency, Host, Zone } from "@portolan/graph";
import type { Protocol } from "@portolan/protocol";

export type Scope = "cross-zone" | "all";

export interface RuleInput {
  dependencies: readonly Dependency[];
  hosts: readonly Host[];
  /** Empty means: segments stand in for zones. */
  zones: readonly Zone[];
  scope: Scope;
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
  /** Host-to-host-port triples allowed and never seen; 0 in exact mode. */
  overPermission: number;
  evidence: RuleEvidence;
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
  matrix: MatrixCell[];
  unzoned: LeftOut[];
}
