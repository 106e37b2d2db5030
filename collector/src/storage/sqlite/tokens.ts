import type { Role, TokenKind, TokenRecord } from "../access.ts";
import type { Database } from "./database.ts";
import { present } from "./row.ts";

interface Row {
  id: string;
  kind: TokenKind;
  role: Role | null;
  site: string | null;
  agentId: string | null;
  usesLeft: number | null;
  createdAt: number;
  expiresAt: number | null;
  revokedAt: number | null;
}

const COLUMNS = `id, kind, role, site, agent_id AS agentId, uses_left AS usesLeft, created_at AS createdAt,
  expires_at AS expiresAt, revoked_at AS revokedAt`;

/** Hashes of secrets, never secrets. */
export function tokenTable(db: Database) {
  const add = db.prepare<Record<string, unknown>>(
    `INSERT INTO token (id, kind, role, site, agent_id, uses_left, created_at, expires_at, revoked_at, hash)
     VALUES (@id, @kind, @role, @site, @agentId, @usesLeft, @createdAt, @expiresAt, @revokedAt, @hash)`,
  );
  const all = db.prepare<[], Row>(`SELECT ${COLUMNS} FROM token ORDER BY created_at, id`);
  const byHash = db.prepare<[string], Row>(`SELECT ${COLUMNS} FROM token WHERE hash = ?`);
  const revoke = db.prepare<[number, string]>("UPDATE token SET revoked_at = coalesce(revoked_at, ?) WHERE id = ?");
  const takeUse = db.prepare<[string, number], { site: string | null }>(
    `UPDATE token SET uses_left = uses_left - 1
     WHERE id = ? AND kind = 'enrolment' AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > ?)
       AND (uses_left IS NULL OR uses_left > 0)
     RETURNING site`,
  );
  return {
    add(token: TokenRecord & { hash: string }): void {
      const absent = { role: null, site: null, agentId: null, usesLeft: null, expiresAt: null, revokedAt: null };
      add.run({ ...absent, ...token });
    },
    list: (): TokenRecord[] => all.all().map((row) => present(row)),
    find(hash: string): TokenRecord | undefined {
      const row = byHash.get(hash);
      return row && present(row);
    },
    revoke: (id: string, at: number) => revoke.run(at, id).changes > 0,
    /** Undefined when the token has no use left, expired, was revoked or is none. */
    takeUse: (id: string, at: number) => takeUse.get(id, at),
  };
}

export type TokenTable = ReturnType<typeof tokenTable>;
