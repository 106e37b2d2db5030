import type { FlowEvidence, Host, ListenerEvidence, Zone } from "@portolan/graph";
import type { UnavailableReason } from "./errors.ts";
import type { AddressDependency, Directory, HostFacts, Process, Protocol, Source } from "@portolan/protocol";

/** Who asked for a change; written to the audit log with it. */
export interface Actor {
  kind: "token" | "agent" | "system";
  id: string;
}

export type TokenKind = "enrolment" | "api" | "agent";
export type Role = "viewer" | "editor" | "admin";

/** Times are milliseconds since 1970 UTC. The secret itself is never stored: `hash` is its SHA-256. */
export interface TokenRecord {
  id: string;
  kind: TokenKind;
  role?: Role;
  /** Enrolment: site that the enrolled hosts belong to. */
  site?: string;
  /** Agent secrets only. */
  agentId?: string;
  usesLeft?: number;
  createdAt: number;
  expiresAt?: number;
  revokedAt?: number;
}

export interface EnrolAgent {
  agentId: string;
  secretHash: string;
  site: string;
  hostname: string;
  machineId?: string;
  timeZone: string;
  agentVersion: string;
  at: number;
}

export interface AgentRecord {
  id: string;
  hostId: string;
  site: string;
  version: string;
  enrolledAt: number;
  lastReportAt?: number;
  /** Agent's clock minus the collector's at the last receipt, milliseconds. */
  skewMs?: number;
  retiredAt?: number;
  /** Reports that came under an applied number with another content: a clone, or a machine put back to a snapshot. */
  conflicts?: number;
  /** Machines that run with this one's identity, each a host of its own. */
  clones?: number;
  /** Reports whose times were corrected by the skew of the agent's clock. */
  correctedReports?: number;
  /** Reports whose times made no sense (1970, the future, a clock set within the window). */
  misplacedReports?: number;
}

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

/**
 * What a host did in an hour or a day, of the time in which it was measured (`ms`). `busyMs`: `ms` by the share of all
 * cores that were busy; peaks of CPU as that share, of bytes in use as bytes, of others as bytes per second.
 */
export interface LoadFigures {
  /** What it was measured within, milliseconds since 1970 UTC. */
  from: number;
  to: number;
  cpu?: { ms: number; busyMs: number; peak: number };
  /** Bytes in use: their sum over so many samples. */
  memory?: { samples: number; sum: number; peak: number };
  network?: { ms: number; bytesIn: number; bytesOut: number; peakIn: number; peakOut: number };
  volumes: {
    mount: string;
    written?: { ms: number; bytes: number; peak: number };
    used?: { samples: number; sum: number; peak: number };
  }[];
}

/** Part of an hour. */
export interface AcceptedLoad extends LoadFigures {
  /** Of the site, YYYY-MM-DD. */
  day: string;
  /** Start of the hour of the site's clock, milliseconds since 1970 UTC. */
  hour: number;
}

export interface HostLoad {
  hostId: string;
  day: string;
  /** Start of the hour; absent for a whole day. */
  hour?: number;
  figures: LoadFigures;
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

export interface StoredHost extends Host {
  facts?: HostFacts;
  environment?: string;
  notes?: string;
  agentId?: string;
  firstSeen?: number;
  lastSeen?: number;
  simulated?: boolean;
  /** Somebody said that it is gone, and its agent was not heard of since. */
  retiredAt?: number;
  /** Hosts that are one with this one; their evidence stands under this one. */
  mergedFrom?: { id: string; name: string }[];
  /** Id of the host whose agent's identity this machine has too. */
  cloneOf?: string;
}

/** What makes a change of a host's membership; the rest of a record may differ from look to look. */
export type DirectoryState = Pick<
  Directory,
  | "status"
  | "reason"
  | "method"
  | "role"
  | "realm"
  | "dnsDomain"
  | "forest"
  | "netbios"
  | "computerAccount"
  | "distinguishedName"
  | "site"
  | "entra"
>;

/** What a host last told of its domain. Times are those of its reports, milliseconds since 1970 UTC. */
export interface HostDirectory {
  hostId: string;
  record: Directory;
  /** Since when, and until when it was told in this state. */
  firstSeen: number;
  lastSeen: number;
  /** States before this one, the earliest first; at most the last 1,000. */
  earlier: { state: DirectoryState; firstSeen: number; lastSeen: number }[];
}

export interface StoredAddressDependency extends AddressDependency {
  hostId: string;
  firstSeen: number;
  lastSeen: number;
  /** False once a whole list of the host came without it. */
  current: boolean;
}

export interface StoredListener extends ListenerEvidence {
  id: number;
  firstSeen: number;
  lastSeen: number;
  /** False once a whole list came without it. */
  open: boolean;
}

export type MergeOutcome = "merged" | "unknown" | "same" | "other-site";

/** What an undo took away. */
export interface UndoneImport {
  flows: number;
  reports: number;
  /** Days of coverage, of all hosts. */
  days: number;
  /** Hosts that only this file named. */
  hosts: number;
}

/** Evidence of one host: which days its reports span, and what its sources last said. */
export interface HostCoverage {
  hostId: string;
  days: string[];
  firstReport: number;
  lastReport: number;
  sources: (Source & { totalGapMs: number; totalLost: number })[];
}

export interface ImportedHost {
  name: string;
  addresses: string[];
  site: string;
  environment?: string;
  notes?: string;
}

/** A row of flows.csv. An end is an address or a host name. */
export interface ImportedFlow {
  site: string;
  client: { name: string } | { address: string };
  server: { name: string } | { address: string };
  protocol: Protocol;
  port: number;
  firstSeen: number;
  lastSeen: number;
  /** Site day of lastSeen, YYYY-MM-DD. */
  day: string;
  connections: number;
  clientProcess?: string;
  serverProcess?: string;
}

/** What a file says. */
export interface ImportContent {
  hosts?: Iterable<ImportedHost>;
  flows?: Iterable<ImportedFlow>;
  reports?: Iterable<ImportedReport>;
}

export interface ImportRecord {
  id: string;
  format: string;
  fileName: string;
  contentHash: string;
  at: number;
  actor: string;
  items: number;
}

export interface Stamped<T> {
  value: T;
  /** Changes with every write: the ETag. */
  version: number;
}

export interface StoredPlan {
  id: string;
  createdAt: number;
  /** JSON document as the API shows it. */
  document: unknown;
}

export interface AuditEntry {
  at: number;
  actor: string;
  action: string;
  subject: string;
}

/**
 * Everything the collector keeps. Whole operations, each atomic and durable when its promise resolves; no transactions
 * leak out. Every mutating call names its actor and writes one audit entry, reports and
 * ageing excepted. `test/contract` is the
 * specification that every driver passes.
 */
export interface Storage {
  /** Grows with every change of evidence or of user knowledge. */
  revision(): Promise<number>;

  createToken(token: TokenRecord & { hash: string }, actor: Actor): Promise<void>;
  listTokens(): Promise<TokenRecord[]>;
  /** False when there is no such token. */
  revokeToken(id: string, at: number, actor: Actor): Promise<boolean>;
  /** As stored, also when it expired, was revoked or has no use left: the caller judges. */
  findToken(hash: string): Promise<TokenRecord | undefined>;

  /**
   * Uses up one use of the enrolment token and records agent, secret and host in one step. An agent on the same site
   * with the same machine id whose own last report is older than `silentSince` is retired and its host taken over.
   * Undefined when the token has no use left, expired or was revoked. The agent's secret becomes a token of kind
   * "agent" with the id `agent-<agentId>`; a takeover revokes the old agent's.
   */
  enrol(tokenId: string, agent: EnrolAgent, silentSince: number): Promise<AgentRecord | undefined>;
  listAgents(): Promise<AgentRecord[]>;
  findAgent(id: string): Promise<AgentRecord | undefined>;

  /**
   * One result per report, in order. Each report is applied at most once, whole or not at all.
   * @throws StorageUnavailableError when the store itself fails: then nothing of the group is stored
   */
  saveReports(reports: readonly AcceptedReport[]): Promise<SaveResult[]>;

  /** Of an enrolled agent's site, UTC until one is known; undefined for an agent that is unknown or retired. */
  timeZoneOfAgent(agentId: string): Promise<string | undefined>;
  /** The site's time zone; the first valid one that an enrolment or a report file brings. UTC until then. */
  siteTimeZone(site: string): Promise<string>;
  /** The same, undefined until one is known: a file then speaks for itself. */
  findSiteTimeZone(site: string): Promise<string | undefined>;

  listHosts(): Promise<StoredHost[]>;
  listListeners(): Promise<StoredListener[]>;
  /**
   * Flows with evidence on the days since..until (YYYY-MM-DD, inclusive), and what those days come to. With hostId:
   * those that this host observed, and imported ones that name it.
   */
  listFlows(filter?: { hostId?: string; since?: string; until?: string }): Promise<FlowEvidence[]>;
  listCoverage(): Promise<HostCoverage[]>;
  /**
   * What hosts did on the days since..until (YYYY-MM-DD, inclusive), the earliest first; by hour, where days older than 62
   * are told whole, or by day. Of hosts that are one, agents that watched at the same time count once.
   */
  listLoad(filter: { by: "hour" | "day"; hostId?: string; since?: string; until?: string }): Promise<HostLoad[]>;
  /** Of each host that ever told, by host id. Of hosts that are one, whoever told last. */
  listDirectory(): Promise<HostDirectory[]>;
  /** What on hosts names an address, of one host or of all, sorted by host, kind, holder and target. */
  listAddressDependencies(filter?: { hostId?: string }): Promise<StoredAddressDependency[]>;

  /**
   * Takes the file whole or not at all; reports get in between, and nothing of it is shown before all of it. The same
   * content twice counts once: returns the earlier record with `duplicate`.
   */
  saveImport(
    record: Omit<ImportRecord, "actor">,
    content: ImportContent,
    actor: Actor,
  ): Promise<{ record: ImportRecord; duplicate: boolean }>;
  listImports(): Promise<ImportRecord[]>;
  /**
   * Takes away all that the file brought; it may be imported again afterwards. A report that a second file held too was
   * counted for the first, and goes with it. Undefined when there is no such import.
   */
  undoImport(id: string, at: number, actor: Actor): Promise<UndoneImport | undefined>;

  /**
   * What time does to the evidence, one small step a call; true while there is more to do now. Flows' days older than
   * 62 days are told by month (FlowEvidence.connectionsByMonth), public clients above 1,000 of a listener by their
   * network, hours of load older than 62 days go, their days stay, and what was only good for a while is dropped. Nobody asked for it: no audit entry.
   * @param at time of the clock; milliseconds since 1970 UTC
   */
  ageEvidence(at: number): Promise<boolean>;

  /** Marks a host as gone, or as there again; its evidence stays. False when there is no such host. */
  retireHost(id: string, isGone: boolean, at: number, actor: Actor): Promise<boolean>;
  /**
   * From now on both are one host under the id of `into`. Per day and flow, what agents counted that watched at the same
   * time is the larger of the two, and what one counted before the other began is added.
   */
  mergeHosts(from: string, into: string, at: number, actor: Actor): Promise<MergeOutcome>;
  /** Undoes the merge of this host into another. False when there is none. */
  splitHost(id: string, at: number, actor: Actor): Promise<boolean>;

  /** Why the store takes no writes just now; undefined while it does. Looks again at whatever may have gone by itself. */
  refusal(): Promise<UnavailableReason | undefined>;
  /** Damage was found by reading, on whatever connection: from now on every write is refused. */
  noteDamage(): Promise<void>;
  /** Size of the store. */
  databaseBytes(): Promise<number>;
  /**
   * Writes a consistent copy beside the store while everything else goes on. Returns its path on this machine; the
   * caller takes it away when done.
   */
  makeBackup(at: number, actor: Actor): Promise<string>;

  readZones(): Promise<Stamped<Zone[]>>;
  /** Undefined when `ifVersion` is given and no longer current; nothing is written then. */
  writeZones(zones: readonly Zone[], ifVersion: number | undefined, actor: Actor): Promise<Stamped<Zone[]> | undefined>;

  savePlan(plan: StoredPlan, actor: Actor): Promise<void>;
  listPlans(): Promise<StoredPlan[]>;
  readPlan(id: string): Promise<StoredPlan | undefined>;

  /** The newest first. */
  listAudit(limit: number): Promise<AuditEntry[]>;
  close(): Promise<void>;
}

/** A report from a file: its host is named by the file, not by an enrolled agent. */
export interface ImportedReport {
  site: string;
  hostname: string;
  machineId?: string;
  timeZone: string;
  report: AcceptedReport;
}
