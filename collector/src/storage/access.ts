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

export interface AuditEntry {
  at: number;
  actor: string;
  action: string;
  subject: string;
}
