import type { Entry } from "./spool-entry.ts";

/** What has no number yet and lies in one day may be merged. */
export function mergeable({ name, content }: Entry): boolean {
  return name.numbering === undefined && content?.day !== undefined;
}

/**
 * The two reports of one day, one next after the other, that are the fewest bytes: merging them costs the least.
 * Linear in the entries.
 *
 * @param hopeless pairs whose sum is no report; by the newer one of the two.
 */
export function smallestPair(entries: readonly Entry[], hopeless: WeakMap<Entry, Entry>): [Entry, Entry] | undefined {
  const lastOfDay = new Map<string, Entry>();
  let best: [Entry, Entry] | undefined;
  for (const entry of entries) {
    const day = entry.content?.day;
    if (day === undefined || !mergeable(entry)) continue;
    const before = lastOfDay.get(day);
    lastOfDay.set(day, entry);
    if (before === undefined || hopeless.get(entry) === before) continue;
    if (best === undefined || before.bytes + entry.bytes < sizeOf(best)) best = [before, entry];
  }
  return best;
}

/** Bytes of all of them. */
export function sizeOf(entries: readonly Entry[]): number {
  return entries.reduce((sum, entry) => sum + entry.bytes, 0);
}
