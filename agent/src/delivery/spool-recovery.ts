import { readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { messageOf } from "../errors.ts";
import type { Log } from "../logging.ts";
import type { Quarantine } from "./quarantine.ts";
import { type Entry, contentOf, pathIn, readRecord } from "./spool-entry.ts";
import { type SpoolName, parseName } from "./spool-name.ts";

interface Recovered {
  entries: Entry[];
  /** Reports that could not be read and were put into quarantine. */
  damaged: number;
}

/**
 * The reports that an earlier run left, oldest first; what is damaged and whatever else lies there goes into
 * quarantine. One bad file costs itself: nothing here keeps the agent from starting but a directory that cannot be
 * listed.
 */
export async function recoverSpool(
  directory: string,
  quarantine: Quarantine,
  agentVersion: string,
  log: Log,
): Promise<Recovered> {
  const entries: Entry[] = [];
  const included = new Map<string, Entry>();
  let damaged = 0;
  for (const file of (await readdir(directory)).sort()) {
    const path = join(directory, file);
    try {
      const name = parseName(file);
      if (name === undefined) {
        await quarantine.take(path, file.endsWith(".tmp") ? "writing it was interrupted" : "not a report's file name");
        continue;
      }
      const entry: Entry = {
        name,
        bytes: (await stat(path)).size,
        // Whoever renamed it may have died before it was on the disk.
        numberDurable: false,
        leftovers: [],
      };
      const read = await readRecord(path, agentVersion).catch((error: unknown) => {
        log.warn({ file, reason: messageOf(error) }, "a spooled report cannot be read now; it is kept");
        return undefined;
      });
      if (read === "missing") continue;
      if (read !== undefined && "reason" in read) {
        damaged += 1;
        await quarantine.take(path, read.reason);
        continue;
      }
      if (read !== undefined) {
        entry.content = contentOf(read.record);
        for (const id of read.record.includes) included.set(id, entry);
      }
      entries.push(entry);
    } catch (error) {
      log.error({ file, reason: messageOf(error) }, "a file in the spool can be neither used nor put aside");
    }
  }
  return { entries: await dropLeftovers(directory, entries, included, log), damaged };
}

/**
 * Finishes what a crash interrupted. A split writes both halves before it deletes the whole: where the whole still
 * stands, its halves were never sent. A merge writes the sum before it deletes the parts: where a part still stands
 * without a number, the sum was never sent.
 */
async function dropLeftovers(
  directory: string,
  entries: Entry[],
  included: ReadonlyMap<string, Entry>,
  log: Log,
): Promise<Entry[]> {
  const stems = new Set(entries.map(({ name }) => stem(name, name.half)));
  const kept: Entry[] = [];
  for (const entry of entries) {
    const { half, numbering } = entry.name;
    const merged =
      numbering === undefined && entry.content?.id !== undefined ? included.get(entry.content.id) : undefined;
    const unfinished = half !== "" && stems.has(stem(entry.name, half.slice(0, -1)));
    if (merged === undefined && !unfinished) {
      kept.push(entry);
      continue;
    }
    const path = pathIn(directory, entry);
    try {
      await rm(path, { force: true });
    } catch (error) {
      log.error({ reason: messageOf(error) }, "a spooled report that another holds could not be deleted");
      merged?.leftovers.push(path);
    }
  }
  return kept;
}

function stem(name: SpoolName, half: string): string {
  return `${name.created}-${name.counter}${half}`;
}
