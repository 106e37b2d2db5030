import type { Actor, AuditEntry } from "../access.ts";
import type { Database } from "./database.ts";

type Action =
  | "token.create"
  | "token.revoke"
  | "agent.enrol"
  | "host.retire"
  | "host.unretire"
  | "host.merge"
  | "host.split"
  | "import.save"
  | "import.undo"
  | "zones.write"
  | "plan.save"
  | "backup.make";

export function actorText(actor: Actor): string {
  return `${actor.kind}:${actor.id}`;
}

/** Who changed what; written in the same transaction as the change. */
export function auditTable(db: Database) {
  const add = db.prepare<[number, string, string, string]>(
    "INSERT INTO audit (at, actor, action, subject) VALUES (?, ?, ?, ?)",
  );
  const newest = db.prepare<[number], AuditEntry>(
    "SELECT at, actor, action, subject FROM audit ORDER BY audit_key DESC LIMIT ?",
  );
  return {
    add: (at: number, actor: Actor, action: Action, subject: string) =>
      void add.run(at, actorText(actor), action, subject),
    list: (limit: number) => newest.all(limit),
  };
}
