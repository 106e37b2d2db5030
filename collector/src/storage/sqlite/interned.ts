import type { Process } from "@portolan/protocol";
import type { Database } from "./database.ts";

/** Bounds what one table of names may hold in memory. */
const CACHE_LIMIT = 100_000;

interface Interner {
  keyOf(text: string): number;
  forget(): void;
}

function interner(db: Database, table: string, column: string): Interner {
  const cache = new Map<string, number>();
  const find = db.prepare<[string], number>(`SELECT ${table}_key FROM ${table} WHERE ${column} = ?`).pluck();
  const add = db.prepare<[string]>(`INSERT INTO ${table} (${column}) VALUES (?)`);
  return {
    keyOf(text) {
      const known = cache.get(text);
      if (known !== undefined) return known;
      const key = find.get(text) ?? Number(add.run(text).lastInsertRowid);
      if (cache.size >= CACHE_LIMIT) cache.clear();
      cache.set(text, key);
      return key;
    },
    forget: () => cache.clear(),
  };
}

/** The tables of strings that repeat. Key 0 means none, in all but source sets. */
export function internedTables(db: Database) {
  const addresses = interner(db, "address", "address");
  const processes = interner(db, "process", "identity");
  const scopes = interner(db, "scope", "name");
  const sourceSets = interner(db, "source_set", "names");
  // The flows of a report share their process objects and name the same few sources: no text is made twice for them.
  let processKeys = new WeakMap<Process, number>();
  const sourceSetKeys = new Map<string, number>();

  return {
    addressKey: (address: string | undefined) => addresses.keyOf(address ?? ""),
    scopeKey: (scope: string | undefined) => scopes.keyOf(scope ?? ""),
    processKey(process: Process | undefined): number {
      if (process === undefined) return processes.keyOf("");
      const known = processKeys.get(process);
      if (known !== undefined) return known;
      const key = processes.keyOf(identity(process));
      processKeys.set(process, key);
      return key;
    },
    sourceSetKey(names: readonly string[]): number {
      const text = names.join("\0");
      const known = sourceSetKeys.get(text);
      if (known !== undefined) return known;
      const key = sourceSets.keyOf(JSON.stringify([...new Set(names)].sort()));
      if (sourceSetKeys.size >= CACHE_LIMIT) sourceSetKeys.clear();
      sourceSetKeys.set(text, key);
      return key;
    },
    /** After a rollback: keys that it took back must not be handed out. */
    forget() {
      for (const table of [addresses, processes, scopes, sourceSets]) table.forget();
      processKeys = new WeakMap();
      sourceSetKeys.clear();
    },
  };
}

export type InternedTables = ReturnType<typeof internedTables>;

/** The same process gives the same text, whatever the order of its keys. */
function identity(process: Process): string {
  const { name, executable, program, user, service, container } = process;
  const parts = { name, executable, program, user, service };
  if (container === undefined) return JSON.stringify(parts);
  return JSON.stringify({ ...parts, container: { id: container.id, name: container.name, image: container.image } });
}
