import type { MergeOutcome } from "../storage.ts";
import type { Database } from "./database.ts";
import type { MergedHosts } from "./merged-hosts.ts";

/** Changes that people make to what is known of hosts. Nothing of the evidence moves. */
export function hostCorrections(db: Database, merges: () => MergedHosts) {
  const siteOf = db.prepare<[number], number>("SELECT site_key FROM host WHERE host_key = ?").pluck();
  const setRetired = db.prepare<[number | null, number]>("UPDATE host SET gone_at = ? WHERE host_key = ?");
  const merge = db.prepare<[number, number]>("UPDATE host SET merged_into = ? WHERE host_key = ?");
  const split = db.prepare<[number]>(
    "UPDATE host SET merged_into = NULL WHERE host_key = ? AND merged_into IS NOT NULL",
  );
  return {
    /** False when there is no such host. */
    setRetired(hostKey: number, at: number | undefined): boolean {
      if (siteOf.get(hostKey) === undefined) return false;
      for (const member of merges().membersOf(hostKey)) setRetired.run(at ?? null, member);
      return true;
    },
    merge(from: number, into: number): MergeOutcome {
      const { rootOf } = merges();
      const [siteFrom, siteInto, root] = [siteOf.get(from), siteOf.get(into), rootOf(into)];
      if (siteFrom === undefined || siteInto === undefined) return "unknown";
      if (rootOf(from) === root) return "same";
      // A private address at two sites is two hosts, and so is whatever has it.
      if (siteFrom !== siteInto) return "other-site";
      merge.run(root, rootOf(from));
      return "merged";
    },
    /** False when it was not merged into another. */
    split: (hostKey: number) => split.run(hostKey).changes > 0,
  };
}
