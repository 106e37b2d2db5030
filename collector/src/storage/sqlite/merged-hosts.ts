import type { Database } from "./database.ts";

export interface MergedHosts {
  /** The host that a host is one with; itself where it was never merged. */
  rootOf(hostKey: number): number;
  /** All hosts that are one with it, its root first; it alone where it was never merged. */
  membersOf(hostKey: number): number[];
  isMerged(hostKey: number): boolean;
}

/**
 * Which hosts are one. Evidence stays with the host it came for, and is put together when it is read: both agents may
 * go on reporting, and a split has nothing to sort out. Reads the merges as they are now.
 */
export function mergedHosts(db: Database): () => MergedHosts {
  const merges = db.prepare<[], { hostKey: number; into: number }>(
    `SELECT host_key AS hostKey, merged_into AS [into] FROM host INDEXED BY host_merged WHERE merged_into IS NOT NULL
     ORDER BY host_key`,
  );
  return () => {
    const parents = new Map(merges.all().map(({ hostKey, into }) => [hostKey, into]));
    const rootOf = (hostKey: number): number => {
      const parent = parents.get(hostKey);
      return parent === undefined ? hostKey : rootOf(parent);
    };
    const members = new Map<number, number[]>();
    for (const hostKey of parents.keys()) {
      const root = rootOf(hostKey);
      const known = members.get(root);
      if (known) known.push(hostKey);
      else members.set(root, [root, hostKey]);
    }
    return {
      rootOf,
      membersOf: (hostKey) => members.get(rootOf(hostKey)) ?? [hostKey],
      isMerged: (hostKey) => parents.has(hostKey) || members.has(hostKey),
    };
  };
}
