import type { HostId } from "@portolan/graph";
import type { AddressDependency } from "@portolan/protocol";

/** `from` and `to` as in plan.yaml: "20:00", "sunday 15:00". */
export interface WindowConfig {
  weekday: string;
  from: string;
  to: string;
}

export type BlackoutConfig = { monthEnd?: number; monthStart?: number } | { from: string; to: string };

/** plan.yaml after validation; hosts are named by host name. What this version does not honour is named in the plan's warnings. */
export interface PlanConfig {
  timezone: string;
  windows: WindowConfig[];
  blackouts: BlackoutConfig[];
  /** YYYY-MM-DD */
  earliest?: string;
  maxServersPerWave: number;
  maxDataGBPerWave?: number;
  together: string[][];
  apart: string[][];
  stay: string[];
  retire: string[];
  provideFirst: string[];
  seed: number;
}

/** A group to place; sizes are of the hosts in it. */
export interface PlannedGroup {
  id: string;
  name: string;
  hosts: {
    id: HostId;
    name: string;
    dataGB?: number;
    /** What is written to its disks: a copy has to catch up with it. */
    changedGBPerDay?: number;
    /** Why its data is 0, and what is on its disks all the same. */
    reason?: string;
    onDisksGB?: number;
  }[];
}

/** Weight between two groups, symmetric: number of distinct dependencies. */
export interface GroupEdge {
  a: string;
  b: string;
  dependencies: number;
}

/** What a plan must know of Active Directory. */
export interface PlanDirectory {
  /** Also those that are no servers of ours: they never move. */
  controllers: readonly { id: HostId; name: string; domain?: string }[];
  /**
   * Members, each with its domain where it tells one, and hosts that authenticate without being known as joined, with the
   * controllers that they name or use.
   */
  users: ReadonlyMap<HostId, { controllers: readonly HostId[]; joined: boolean; domain?: string }>;
  /** Who answers whose DNS queries, itself left out. */
  resolvers: ReadonlyMap<HostId, readonly HostId[]>;
  /** Names of all of these. */
  names: ReadonlyMap<HostId, string>;
  /** Segments whose hosts name an AD site. */
  coveredSegments: readonly string[];
}

/** An address that a host has here, and the one that it has on the other side. */
export interface AddressChange {
  host: HostId;
  oldAddress: string;
  newAddress: string;
  newZone?: string;
}

/** Something on a host that names the address of a host, which may be itself. */
export interface HeldAddress {
  holder: HostId;
  kind: AddressDependency["kind"];
  /** The file with line number, data source, adapter or service, and the file or key that it was read from. */
  place: string;
  source: string;
  address: string;
  owner: HostId;
}

/** A static route that a host is set up with; no default route, which comes with a new address anyway. */
export interface HeldRoute {
  holder: HostId;
  adapter: string;
  range: string;
  gateway: string;
}

/** What a plan must know of addresses. */
export interface PlanAddresses {
  /** Absent where nobody gave any. */
  changes?: readonly AddressChange[];
  held: readonly HeldAddress[];
  routes: readonly HeldRoute[];
  /** Names of all of these hosts. */
  names: ReadonlyMap<HostId, string>;
}

export interface MovingHost {
  id: HostId;
  name: string;
}

export interface Wave {
  number: number;
  /** RFC 3339 UTC; absent when no calendar was given. */
  start?: string;
  end?: string;
  groups: string[];
  hosts: string[];
  servers: number;
  dataGB: number;
  /** Of those hosts of which it is known; absent where it is of none. */
  changedGBPerDay?: number;
  /** By host, in the order of `hosts`; what is not known is absent. */
  data: { host: string; dataGB?: number; changedGBPerDay?: number; reason?: string }[];
  /** What to see to before this wave; absent where there is nothing. */
  warnings?: string[];
}

export interface Plan {
  seed: number;
  waves: Wave[];
  cost: { cut: number; exposureWeeks: number; temporaryRules: number };
  /** Proven lower bound of the cost; null where none was computed. */
  bound: number | null;
  recommendation: string;
  warnings: string[];
}

/** When a cutover may run, RFC 3339 UTC. */
export interface CutoverWindow {
  start: string;
  end: string;
}
