import type { Database } from "./database.ts";
import type { InternedTables } from "./interned.ts";

/** What all reports of a flow come to, its counts aside. */
export interface FlowTraits {
  /** 0 once a direction was certain. */
  guessed: number;
  folded: number | null;
  /** 1 only while every report says so. */
  exact: number;
  sourceSetKey: number;
}

/** Rows of the flow table that `where` finds, by their traits. */
export function flowTraits<Key extends unknown[]>(db: Database, interned: InternedTables, where: string) {
  const find = db.prepare<Key, FlowTraits & { flowKey: number }>(
    `SELECT flow_key AS flowKey, guessed, folded, exact, source_set_key AS sourceSetKey FROM flow WHERE ${where}`,
  );
  const change = db.prepare<[number, number | null, number, number, ...Key]>(
    `UPDATE flow SET guessed = ?, folded = ?, exact = ?, source_set_key = ? WHERE ${where}`,
  );
  const sourceNames = db.prepare<[number], string>("SELECT names FROM source_set WHERE source_set_key = ?").pluck();

  const namesOf = ({ sourceSetKey }: FlowTraits) => JSON.parse(sourceNames.get(sourceSetKey) ?? "[]") as string[];

  return {
    find: (...key: Key) => find.get(...key),
    /** Certain once it was, exact only while all are, seen by the sources of all. */
    merge(key: Key, known: FlowTraits, more: FlowTraits): void {
      const guessed = Math.min(known.guessed, more.guessed);
      const exact = Math.min(known.exact, more.exact);
      const most = Math.max(known.folded ?? 0, more.folded ?? 0);
      const folded = most === 0 ? null : most;
      const sourceSetKey =
        known.sourceSetKey === more.sourceSetKey
          ? known.sourceSetKey
          : interned.sourceSetKey([...namesOf(known), ...namesOf(more)]);
      const isSame =
        guessed === known.guessed &&
        folded === known.folded &&
        exact === known.exact &&
        sourceSetKey === known.sourceSetKey;
      if (!isSame) change.run(guessed, folded, exact, sourceSetKey, ...key);
    },
  };
}
