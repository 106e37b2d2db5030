import type { AddressDependency, Directory, HostFacts, Process, Protocol, Source } from "@portolan/protocol";
import type { LoadFigures } from "./evidence.ts";

/** A flow of a report after validation. Day is the site's calendar day, YYYY-MM-DD. Addresses are normalised. */
export interface AcceptedFlow {
  protocol: Protocol;
  direction: "inbound" | "outbound" | "unknown";
  localAddress: string;
  remoteAddress: string;
  /** Server port; of an unknown direction the remote port. */
  port: number;
  /** Only of an unknown direction: the local port. */
  localPort?: number;
  scope?: string;
  process?: Process;
  guessed: boolean;
  folded?: number;
  connections: number;
  failed: number;
  bytesSent?: number;
  bytesReceived?: number;
  firstSeen: number;
  lastSeen: number;
  day: string;
  sources: string[];
  countsAreExact: boolean;
}

export interface AcceptedListener {
  protocol: Protocol;
  address: string;
  port: number;
  process?: Process;
  scope?: string;
}

/** Part of an hour. */
export interface AcceptedLoad extends LoadFigures {
  /** Of the site, YYYY-MM-DD. */
  day: string;
  /** Start of the hour of the site's clock, milliseconds since 1970 UTC. */
  hour: number;
}

export interface AcceptedReport {
  agentId: string;
  epoch: string;
  number: number;
  /** SHA-256 of what it says, whatever its number: the same number with another content is a clone. */
  contentHash: string;
  receivedAt: number;
  skewMs: number;
  /** Its times were shifted by the skew, or made no sense and were placed where they may have been; absent: as sent. */
  clock?: "corrected" | "misplaced";
  agentVersion: string;
  /** By the collector's clock. */
  window: { from: number; to: number };
  /** Site days that the window touches, YYYY-MM-DD. */
  days: string[];
  sources: Source[];
  /** Without dependenciesOnAddress, which stand for themselves. */
  host?: HostFacts;
  /** Its checkedAt is by the collector's clock. */
  directory?: Directory;
  addressDependencies?: AddressDependency[];
  listeners?: AcceptedListener[];
  load?: AcceptedLoad[];
  flows: AcceptedFlow[];
}

export interface SaveResult {
  applied: boolean;
  duplicate: boolean;
  /** The number came before with another content: this one was applied too, apart, and without its facts. */
  conflict: boolean;
  /** Id of the host that a clone just got: it was found to run beside the machine whose identity it has. */
  clone?: string;
  /** What the collector lacks about the host. */
  missing: ("host" | "listeners" | "directory")[];
  /** Why this one report could not be stored (UnknownAgentError, or a fault); the others of its group stand. */
  error?: Error;
}
