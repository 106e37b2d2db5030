import { z } from "zod";
import { listOf, Page, Time } from "./common.ts";

export const AgentItem = z.object({
  id: z.string(),
  host: z.string(),
  site: z.string(),
  version: z.string(),
  enrolledAt: Time,
  lastReportAt: Time.optional(),
  /** The agent's clock minus the collector's at the last receipt. */
  skewMs: z.number().optional(),
  retiredAt: Time.optional(),
  /** Machines that run with this agent's identity beside its own, each a host of its own: see `cloneOf` of hosts. */
  clones: z.int().optional(),
  /** Reports that came under a used number with another content: kept, and counted once each. */
  conflicts: z.int().optional(),
  /** Reports whose times were corrected by the skew of the agent's clock. */
  correctedReports: z.int().optional(),
  /** Reports whose times made no sense and were placed at their receipt. */
  misplacedReports: z.int().optional(),
});
export const AgentQuery = z.strictObject(Page);
export const AgentList = listOf(AgentItem);

export const TokenItem = z.object({
  id: z.string(),
  kind: z.enum(["enrolment", "api", "agent"]),
  role: z.enum(["viewer", "editor", "admin"]).optional(),
  site: z.string().optional(),
  agentId: z.string().optional(),
  usesLeft: z.int().optional(),
  createdAt: Time,
  expiresAt: Time.optional(),
  revokedAt: Time.optional(),
});
export const TokenQuery = z.strictObject(Page);
export const TokenList = listOf(TokenItem);

export const TokenRequest = z.strictObject({
  kind: z.enum(["enrolment", "api"]),
  /** Of an API token; viewer unless given. */
  role: z.enum(["viewer", "editor", "admin"]).optional(),
  /** Of an enrolment token: how many hosts may enrol with it. */
  uses: z.int().min(1).max(1_000_000).optional(),
  /** Such as 7d or 12h. */
  expires: z
    .string()
    .regex(/^[1-9]\d{0,4}[dh]$/, "expected a number of days or hours such as 7d or 12h")
    .optional(),
  site: z.string().min(1).max(255).optional(),
});
/** The only time that the secret is shown. */
export const TokenAnswer = z.object({ id: z.string(), token: z.string() });

export const ImportQuery = z.strictObject({
  format: z.enum(["auto", "report", "flows-csv", "hosts-csv", "linked-servers"]),
  /** The file's name, for the list of imports. */
  name: z.string().min(1).max(255),
  site: z.string().min(1).max(255).default("default"),
  /** Of linked servers: the host that the engine runs on. Of a report file: the one that it is about, where it names none or another. */
  host: z.string().min(1).max(255).optional(),
});
export const ImportItem = z.object({
  id: z.string(),
  format: z.string(),
  fileName: z.string(),
  at: Time,
  actor: z.string(),
  items: z.int(),
});
export const ImportAnswer = ImportItem.extend({
  duplicate: z.boolean(),
  rejected: z.array(z.object({ path: z.string(), reason: z.string() })),
});
/** What an undo took away; `days` counts days of coverage over all hosts, `hosts` those that only this file named. */
export const UndoAnswer = z.object({
  flows: z.int(),
  reports: z.int(),
  days: z.int(),
  hosts: z.int(),
  /** Linked servers, where the file had any. */
  addressDependencies: z.int().optional(),
});
export const ImportListQuery = z.strictObject(Page);
export const ImportList = listOf(ImportItem);

export const AuditQuery = z.strictObject({ limit: Page.limit });
export const AuditList = listOf(z.object({ at: Time, actor: z.string(), action: z.string(), subject: z.string() }));

export const Health = z.object({
  status: z.enum(["ok", "starting", "failing"]),
  /** Why the storage takes no reports: full, corrupt, locked, … The collector's log has it in a sentence. */
  reason: z.string().optional(),
});
