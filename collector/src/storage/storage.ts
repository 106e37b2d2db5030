import type { FlowEvidence, Zone } from "@portolan/graph";
import type { UnavailableReason } from "./errors.ts";
import type { Actor, AuditEntry, TokenRecord } from "./access.ts";
import type { AgentRecord, EnrolAgent } from "./agents.ts";
import type { AcceptedReport, SaveResult } from "./accepted-report.ts";
import type { HostDirectory, StoredAddressDependency } from "./directory.ts";
import type { HostCoverage, HostLoad, StoredHost, StoredListener } from "./evidence.ts";
import type { ImportContent, ImportRecord, UndoneImport } from "./imports.ts";
import type { Stamped, StoredPlan } from "./knowledge.ts";

export type MergeOutcome = "merged" | "unknown" | "same" | "other-site";

/**
 * Everything the collector keeps. Whole operations, each atomic and durable when its promise resolves; no transactions
 * leak out. Every mutating call names its actor and writes one audit entry, reports and ageing excepted.
 * `test/contract` is the specification that every driver passes.
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
   * those that this host observed, and imported ones that name it; null: imported ones that name none.
   */
  listFlows(filter?: { hostId?: string | null; since?: string; until?: string }): Promise<FlowEvidence[]>;
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
   * network, hours of load older than 62 days go, their days stay, and what was only good for a while is dropped.
   * Nobody asked for it: no audit entry.
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
