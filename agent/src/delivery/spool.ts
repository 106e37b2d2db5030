import { createHash, randomBytes } from "node:crypto";
import { rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { messageOf } from "../errors.ts";
import type { Log } from "../logging.ts";
import { replaceFile, syncDirectory } from "../state/atomic-file.ts";
import { mergeDrafts, spoolSource } from "./merge-drafts.ts";
import { openQuarantine } from "./quarantine.ts";
import type { Draft } from "./report.ts";
import { type Entry, contentOf, pathIn, readRecord } from "./spool-entry.ts";
import { type Numbering, type SpoolName, formatName } from "./spool-name.ts";
import { type SpoolRecord, encodeRecord } from "./spool-record.ts";
import { recoverSpool } from "./spool-recovery.ts";
import { mergeable, sizeOf, smallestPair } from "./spool-pairs.ts";
import { createTurns } from "./turns.ts";
import { REPORT_LIMITS } from "./wire.ts";

export interface Spooled {
  draft: Draft;
  numbering: Numbering;
  /** Of the agent that saw it. */
  agentVersion: string;
}

interface SpoolSize {
  reports: number;
  bytes: number;
  limitBytes: number;
  /** The last report was refused, and nothing was deleted since. */
  full: boolean;
  quarantined: number;
  /** Since the agent started: reports that were merged into others, and damaged ones put into quarantine. */
  merged: number;
  damaged: number;
}

/** Not even merging makes room for another report. */
export class SpoolFullError extends Error {
  override name = "SpoolFullError";
}

/** Reports on the disk that no collector has answered yet, oldest first. Calls are carried out one after the other. */
export interface Spool {
  /** False while a report would be refused: then the flows stay in the flow table. */
  hasRoom(): boolean;
  /**
   * Keeps a report; it is on the disk when the promise resolves. Where it would pass the limit, reports of one day
   * that have no number yet are merged.
   *
   * @param beyondLimit keeps it in any case, as there is no later.
   * @throws SpoolFullError, or the system's error; then nothing of it was kept.
   */
  add(draft: Draft, beyondLimit?: boolean): Promise<void>;
  /** The oldest report that can be read, numbered durably; damaged ones are put into quarantine and skipped. */
  oldest(): Promise<Spooled | undefined>;
  /** Deletes the report that `oldest` gave: the collector has it. */
  answered(): Promise<void>;
  /** Numbers what has no number yet under a new epoch: another machine goes on with this one's. */
  startEpoch(): Promise<void>;
  /** Puts the report that `oldest` gave aside for good. */
  quarantineOldest(reason: string): Promise<void>;
  /** Replaces the report that `oldest` gave by its two halves, which have no number yet. */
  splitOldest(halves: [Draft, Draft]): Promise<void>;
  size(): SpoolSize;
}

interface SpoolOptions {
  directory: string;
  quarantineDirectory: string;
  limitBytes: number;
  quarantineLimitBytes: number;
  agentVersion: string;
  log: Log;
}

/**
 * Opens the spool, and puts right what a crash left.
 *
 * One file a report. Its name carries the number, so that numbering is one rename; a numbered report's content never
 * changes, so a report sent again is the same byte for byte.
 */
export async function openSpool(options: SpoolOptions): Promise<Spool> {
  const { directory, limitBytes, agentVersion, log } = options;
  const quarantine = await openQuarantine(options.quarantineDirectory, options.quarantineLimitBytes, log);
  const recovered = await recoverSpool(directory, quarantine, agentVersion, log);
  const { entries } = recovered;
  let epoch = newEpoch();
  let lastNumber = 0;
  // A clock that was set back must not give a name that is taken.
  let counter = Math.max(0, ...entries.map((entry) => entry.name.counter));
  let bytes = entries.reduce((sum, entry) => sum + entry.bytes, 0);
  let merged = 0;
  let { damaged } = recovered;
  /** Damaged reports that no report has told of yet. */
  let untold = damaged;
  let refused = false;
  let current: Entry | undefined;
  /** Pairs whose sum is no report; by the newer one of the two. */
  const hopeless = new WeakMap<Entry, Entry>();

  const recordOf = (draft: Draft, includes: string[] = []): SpoolRecord => {
    const day = dayOf(draft);
    return { id: randomBytes(8).toString("hex"), includes, agentVersion, ...(day !== undefined && { day }), draft };
  };
  /** The file is on the disk, its name only after syncDirectory: an error here means that nothing was changed. */
  const write = async (name: SpoolName, record: SpoolRecord, encoded = encodeRecord(record)): Promise<Entry> => {
    await replaceFile(join(directory, formatName(name)), encoded, { syncFolder: false });
    return { name, bytes: encoded.length, numberDurable: false, leftovers: [], content: contentOf(record) };
  };
  const put = (index: number, replaced: number, ...added: Entry[]): void => {
    const removed = entries.splice(index, replaced, ...added);
    bytes += sizeOf(added) - sizeOf(removed);
    if (sizeOf(added) < sizeOf(removed)) refused = false;
  };
  const drop = (entry: Entry): void => {
    const index = entries.indexOf(entry);
    if (index >= 0) put(index, 1);
    if (current === entry) current = undefined;
  };
  const given = (): Entry => {
    if (current === undefined) throw new RangeError("no report was given out");
    return current;
  };

  /** Puts a damaged file aside; where even that fails it is forgotten until the next start. */
  const setAside = async (entry: Entry, reason: string): Promise<void> => {
    damaged += 1;
    untold += 1;
    drop(entry);
    try {
      await quarantine.take(pathIn(directory, entry), reason);
    } catch (error) {
      log.error({ reason: messageOf(error) }, "a damaged report could not be put into quarantine");
    }
  };

  /** The content of an entry; nothing where it is damaged or gone, and then the entry is too. */
  const read = async (entry: Entry): Promise<SpoolRecord | undefined> => {
    const content = await readRecord(pathIn(directory, entry), agentVersion);
    if (content === "missing") {
      log.error({ file: formatName(entry.name) }, "a spooled report was deleted by somebody else");
      drop(entry);
    } else if ("reason" in content) await setAside(entry, content.reason);
    else return content.record;
    return undefined;
  };

  /** Numbers an entry by renaming its file: after a crash the name tells whether the number was given. */
  const number = async (entry: Entry): Promise<Numbering> => {
    if (entry.leftovers.length > 0) await syncDirectory(directory);
    for (let path = entry.leftovers[0]; path !== undefined; path = entry.leftovers[0]) {
      await rm(path, { force: true });
      entry.leftovers.shift();
    }
    const numbering = entry.name.numbering ?? { epoch, number: lastNumber + 1, sentAt: timestamp() };
    if (entry.name.numbering === undefined) {
      const name = { ...entry.name, numbering };
      await rename(pathIn(directory, entry), join(directory, formatName(name)));
      lastNumber = numbering.number;
      entry.name = name;
    }
    if (!entry.numberDurable) await syncDirectory(directory);
    entry.numberDurable = true;
    return numbering;
  };

  /** Merges two entries on the disk: first the sum in the older one's place, then the newer one goes. */
  const mergePair = async ([older, newer]: [Entry, Entry]): Promise<void> => {
    let one, other;
    try {
      one = await read(older);
      other = await read(newer);
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
    const entry = await write(older.name, { ...recordOf(sum, includes), ...dayIn(one) });
    entry.leftovers = [...older.leftovers, ...newer.leftovers, pathIn(directory, newer)];
    put(entries.indexOf(older), 1, entry);
    drop(newer);
    merged += 1;
    await syncDirectory(directory);
    await rm(pathIn(directory, newer), { force: true });
    await syncDirectory(directory);
    entry.leftovers = entry.leftovers.slice(0, -1);
  };

  /** Adds a report's flows to the last report of its day; false where that passes the limit too. */
  const mergeInto = async (draft: Draft, day: string | undefined): Promise<boolean> => {
    const target = entries.findLast((entry) => mergeable(entry) && entry.content?.day === day);
    const record = target && day !== undefined ? await read(target) : undefined;
    const sum = record && mergeDrafts(record.draft, draft);
    if (target === undefined || record === undefined || sum === undefined) return false;
    const next = { ...recordOf(sum, record.includes), ...dayIn(record) };
    const encoded = encodeRecord(next);
    if (bytes - target.bytes + encoded.length > limitBytes) return false;
    const entry = await write(target.name, next, encoded);
    entry.leftovers = target.leftovers;
    put(entries.indexOf(target), 1, entry);
    merged += 1;
    // Whatever the disk says now, it is in: given back, it would count twice.
    await syncDirectory(directory).catch((error: unknown) =>
      log.error({ reason: messageOf(error) }, "the spool's folder could not be synced"),
    );
    return true;
  };

  const append = async (entry: Entry): Promise<void> => {
    put(entries.length, 0, entry);
    try {
      await syncDirectory(directory);
    } catch (error) {
      // The caller keeps it: it must not stand here too. Where it can't be taken away it is in, and given back would
      // count twice; the folder is synced again before it gets a number.
      try {
        await rm(pathIn(directory, entry), { force: true });
      } catch {
        log.error({ reason: messageOf(error) }, "the spool's folder could not be synced");
        return;
      }
      drop(entry);
      throw error;
    }
  };

  const add = async (plain: Draft, beyondLimit: boolean): Promise<void> => {
    const told = untold;
    const tell = told > 0 && plain.sources.length < REPORT_LIMITS.sources;
    const draft = tell ? { ...plain, sources: [...plain.sources, spoolSource(0, told)] } : plain;
    const record = recordOf(draft);
    const encoded = encodeRecord(record);
    const fits = (): boolean => bytes + encoded.length <= limitBytes || entries.length === 0;
    for (let pair = smallestPair(entries, hopeless); !fits() && pair; pair = smallestPair(entries, hopeless)) {
      await mergePair(pair);
    }
    if (fits() || beyondLimit) {
      counter += 1;
      await append(await write({ created: timestamp(), counter, half: "" }, record, encoded));
    } else if (!(await mergeInto(draft, contentOf(record).day))) {
      refused = true;
      throw new SpoolFullError(`the spool holds ${bytes} of ${limitBytes} bytes, and nothing is left to merge`);
    }
    if (tell) untold -= told;
  };

  const oldest = async (): Promise<Spooled | undefined> => {
    let fault: unknown;
    for (const entry of entries.slice()) {
      let record;
      try {
        record = await read(entry);
      } catch (error) {
        // This file cannot be read now (EIO, too many open files): others may be, and it may be later.
        fault ??= error;
        continue;
      }
      if (record === undefined) continue;
      const numbering = await number(entry);
      current = entry;
      return { draft: record.draft, numbering, agentVersion: record.agentVersion };
    }
    if (fault !== undefined) throw fault;
    return undefined;
  };

  const split = async (halves: [Draft, Draft]): Promise<void> => {
    const whole = given();
    const { created, counter: of, half } = whole.name;
    const names = ["a", "b"].map((side) => ({ created, counter: of, half: half + side }));
    const written: Entry[] = [];
    try {
      for (const [index, name] of names.entries())
        written.push(await write(name, recordOf(halves[index] ?? halves[1])));
      await syncDirectory(directory);
      await rm(pathIn(directory, whole), { force: true });
    } catch (error) {
      // The whole may yet be taken; halves that outlive it would count it twice.
      for (const entry of written) await rm(pathIn(directory, entry), { force: true });
      throw error;
    }
    put(entries.indexOf(whole), 1, ...written);
    current = undefined;
    await syncDirectory(directory);
  };

  const inTurn = createTurns();
  return {
    hasRoom: () => !refused,
    add: (draft, beyondLimit = false) => inTurn(() => add(draft, beyondLimit)),
    oldest: () => inTurn(oldest),
    answered: () =>
      inTurn(async () => {
        const entry = given();
        await rm(pathIn(directory, entry), { force: true });
        await syncDirectory(directory);
        drop(entry);
      }),
    startEpoch: () =>
      inTurn(async () => {
        epoch = newEpoch();
        lastNumber = 0;
      }),
    quarantineOldest: (reason) =>
      inTurn(async () => {
        const entry = given();
        await quarantine.take(pathIn(directory, entry), reason);
        await syncDirectory(directory);
        drop(entry);
      }),
    splitOldest: (halves) => inTurn(() => split(halves)),
    size: () => ({
      reports: entries.length,
      bytes,
      limitBytes,
      full: refused,
      quarantined: quarantine.count(),
      merged,
      damaged,
    }),
  };
}

/** Random, and not even the same in two copies of a running machine, whose random numbers may be. */
function newEpoch(): string {
  const unlike = `${process.hrtime.bigint()} ${Date.now()} ${process.pid}`;
  return createHash("sha256").update(randomBytes(32)).update(unlike).digest("hex").slice(0, 32);
}

function dayIn({ day }: SpoolRecord): Pick<SpoolRecord, "day"> {
  return day === undefined ? {} : { day };
}

/** The calendar day of this process's time zone that the whole window lies in. */
function dayOf({ window }: Draft): string | undefined {
  const [from, to] = [window.from, window.to].map((time) => new Date(time).toDateString());
  return from === to ? from : undefined;
}

/** Milliseconds since 1970, as a file's name holds them: a clock may stand before that. */
function timestamp(): number {
  return Math.max(0, Date.now());
}
