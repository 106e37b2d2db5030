import type { Protocol } from "@portolan/protocol";

/** Opaque and stable within one collector, such as "h12". */
export type HostId = string;

export type HostKind = "managed" | "imported" | "unmanaged";

export interface HostAddress {
  address: string;
  /** Absent when nobody said: an imported host, an unmanaged peer. */
  prefix?: number;
  /** On an interface that exists only inside the host (loopback, docker0, virbr0): means nothing to others. */
  hostLocal: boolean;
}

export interface Host {
  id: HostId;
  /** Unique for display: the host name, or `name@site` where two sites share it. */
  name: string;
  site: string;
  kind: HostKind;
  addresses: HostAddress[];
  /** The host of which this is a copy that runs beside it. */
  cloneOf?: HostId;
}

/** One end of a flow as the evidence names it; at least one of address and hostId is present. */
export interface FlowEnd {
  /** Without prefix; with one ("203.0.113.0/24") where clients were folded. */
  address?: string;
  /** Present when the evidence itself says which host this is: the observer, or a host that a file names. */
  hostId?: HostId;
  /** Label as made by processLabel. */
  process?: string;
}

/**
 * One stored flow as one observer saw it. Times are milliseconds since 1970 UTC; days are calendar days of the site,
 * written YYYY-MM-DD. Of a flow whose direction is unknown the observer's end stands as `client` and both ports are kept.
 */
export interface FlowEvidence {
  site: string;
  client: FlowEnd;
  server: FlowEnd;
  protocol: Protocol;
  serverPort: number;
  clientPort?: number;
  direction: "observed" | "guessed" | "unknown";
  seenFrom: "client" | "server" | "both";
  /** Network namespace of the observer's container; absent for the host's own. */
  scope?: string;
  connectionsByDay: { day: string; connections: number }[];
  /**
   * Days so old that they are counted together by month, in order of the months; none of them is in connectionsByDay.
   * The days of a month are exact. `lowerBound`: the period that is looked at holds only some of the month's days, and
   * what they come to is not known; connections (like failed and bytes) are then those that are sure.
   */
  connectionsByMonth?: { days: string[]; connections: number; lowerBound?: boolean }[];
  /**
   * True when connections were counted before the period that is looked at, or may have been in a month of which it
   * holds a part: they may stand to this day.
   */
  connectedBefore?: boolean;
  failed: number;
  /** Seen from the client: sent is client to server. */
  bytesSent?: number;
  bytesReceived?: number;
  firstSeen: number;
  lastSeen: number;
  sources: string[];
  /** True when a source of the observer sees every connection (events), false when it samples. */
  countsAreExact: boolean;
  folded?: number;
}

export interface ListenerEvidence {
  hostId: HostId;
  protocol: Protocol;
  address: string;
  port: number;
  process?: string;
  scope?: string;
}

/** `corrected`: one end guessed or did not know, the other end or its listeners settled it. */
export type DependencyDirection = "observed" | "corrected" | "guessed" | "unknown";

/** What the flows of both ends come to: client host → server host, protocol, server port. */
export interface Dependency {
  /** Stable for the same key: endpoints, addresses, protocol, port, scope. */
  id: string;
  site: string;
  clientAddress?: string;
  serverAddress?: string;
  /** Absent when the end is unmanaged: nobody's known address. */
  clientHost?: HostId;
  serverHost?: HostId;
  protocol: Protocol;
  serverPort: number;
  /** Only when the direction is unknown: the other port, at the end that stands as client. */
  clientPort?: number;
  scope?: string;
  /** Sorted labels. */
  clientProcesses: string[];
  serverProcesses: string[];
  /** Sum over the days, and the months of older ones, of the larger of what the two ends counted. */
  connections: number;
  /**
   * True when connections may have been missed, as no end had an event source, or may lie on either side of the period's
   * edge, in a month of which it holds a part.
   */
  lowerBound: boolean;
  failed: number;
  /** As in FlowEvidence, of any flow. */
  connectedBefore?: boolean;
  bytesSent?: number;
  bytesReceived?: number;
  firstSeen: number;
  lastSeen: number;
  /** Sorted, YYYY-MM-DD. */
  days: string[];
  ends: "client" | "server" | "both";
  sources: string[];
  direction: DependencyDirection;
  /** Number of client addresses folded into clientAddress when that is a range. */
  folded?: number;
  /** True when an end was found at another site than the observer's. */
  crossSite?: boolean;
}

export type ZoneKind = "servers" | "clients" | "external";

export interface Zone {
  name: string;
  cidr: string;
  site: string;
  kind: ZoneKind;
  description?: string;
}

/** A host that serves nearly everybody, with the rule that found it (A-D of the planning notes) in words. */
export interface SharedService {
  hostId: HostId;
  source: "suggested" | "confirmed";
  /** 0..1 */
  confidence: number;
  reasons: string[];
}

export interface MoveGroup {
  id: string;
  name: string;
  hosts: HostId[];
  /** 0..1 */
  confidence: number;
  reasons: string[];
  source: "suggested" | "confirmed";
}

/** An address range that exists on the wire, with the hosts that have an address in it (sorted ids). */
export interface Segment {
  cidr: string;
  site: string;
  hosts: HostId[];
}

/** Where an address lies: in a zone of the user's, or (`isSegment`) in a segment that stands in for one. */
export interface ZoneMatch {
  name: string;
  kind: ZoneKind;
  isSegment: boolean;
}
