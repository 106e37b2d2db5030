import { rm } from "node:fs/promises";
import { messageOf } from "../errors.ts";
import type { Log } from "../logging.ts";
import { syncDirectory } from "../state/atomic-file.ts";
import { mergeDrafts } from "./merge-drafts.ts";
import { type Entry, contentOf, pathIn } from "./spool-entry.ts";
import type { SpoolFiles } from "./spool-files.ts";
import { mergeable, smallestPair } from "./spool-pairs.ts";
import { type SpoolRecord, encodeRecord, recordOfSum } from "./spool-record.ts";

/** Makes room in a spool by merging reports of one day that have no number yet. */
export interface SpoolMerging {
  /** Merges until `fits` says that there is room, or nothing is left to merge. */
  makeRoom(fits: () => boolean): Promise<void>;
  /** Adds a report's flows to the last report of its day; false where that passes the limit too. */
  mergeInto(record: SpoolRecord): Promise<boolean>;
  /** Reports that were merged into others since the agent started. */
  merged(): number;
}

interface SpoolMergingOptions {
  files: SpoolFiles;
  limitBytes: number;
  agentVersion: string;
  log: Log;
}

export function createSpoolMerging({ files, limitBytes, agentVersion, log }: SpoolMergingOptions): SpoolMerging {
  const { directory } = files;
  let merged = 0;
  /** Pairs whose sum is no report; by the newer one of the two. */
  const hopeless = new WeakMap<Entry, Entry>();

  /** Merges two entries on the disk: first the sum in the older one's place, then the newer one goes. */
  async function mergePair([older, newer]: [Entry, Entry]): Promise<void> {
    let one, other;
    try {
      one = await files.read(older);
      other = await files.read(newer);
    } catch (error) {
      log.warn({ reason: messageOf(error) }, "a spooled report cannot be read now and is not merged");
      return void hopeless.set(newer, older);
    }
    if (one === undefined || other === undefined) return;
    const sum = mergeDrafts(one.draft, other.draft);
    if (sum === undefined) return void hopeless.set(newer, older);
    // Parts that could not be deleted still stand beside their sum, and the next start must know them.
    const left = [
      ...(older.leftovers.length > 0 ? one.includes : []),
      ...(newer.leftovers.length > 0 ? other.includes : []),
    ];
    const includes = other.id === undefined ? left : [...left, other.id];
    const entry = await files.write(older.name, recordOfSum(one, sum, includes, agentVersion));
    entry.leftovers = [...older.leftovers, ...newer.leftovers, pathIn(directory, newer)];
    files.replace(older, entry);
    files.drop(newer);
    merged += 1;
    await syncDirectory(directory);
    await rm(pathIn(directory, newer), { force: true });
    await syncDirectory(directory);
    entry.leftovers = entry.leftovers.slice(0, -1);
  }

  return {
    async makeRoom(fits) {
      while (!fits()) {
        const pair = smallestPair(files.entries, hopeless);
        if (pair === undefined) return;
        await mergePair(pair);
      }
    },
    async mergeInto(added) {
      const { day } = contentOf(added);
      const target = files.entries.findLast((entry) => mergeable(entry) && entry.content?.day === day);
      const record = target && day !== undefined ? await files.read(target) : undefined;
      const sum = record && mergeDrafts(record.draft, added.draft);
      if (target === undefined || record === undefined || sum === undefined) return false;
      const next = recordOfSum(record, sum, record.includes, added.agentVersion);
      const encoded = encodeRecord(next);
      if (files.bytes() - target.bytes + encoded.length > limitBytes) return false;
      const entry = await files.write(target.name, next, encoded);
      entry.leftovers = target.leftovers;
      files.replace(target, entry);
      merged += 1;
      // Whatever the disk says now, it is in: given back, it would count twice.
      await syncDirectory(directory).catch((error: unknown) =>
        log.error({ reason: messageOf(error) }, "the spool's folder could not be synced"),
      );
      return true;
    },
    merged: () => merged,
  };
}
