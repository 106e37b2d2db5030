import { rm } from "node:fs/promises";
import type { Log } from "../logging.ts";
import { syncDirectory } from "../state/atomic-file.ts";
import { spoolSource } from "./merge-drafts.ts";
import { openQuarantine } from "./quarantine.ts";
import type { Draft } from "./report.ts";
import { type Entry, pathIn } from "./spool-entry.ts";
import { openSpoolFiles } from "./spool-files.ts";
import { createSpoolMerging } from "./spool-merging.ts";
import { type Numbering, timestamp } from "./spool-name.ts";
import { createSpoolNumbers } from "./spool-numbers.ts";
import { encodeRecord, recordOf } from "./spool-record.ts";
import type { SpoolSize } from "./spool-size.ts";
import { createTurns } from "./turns.ts";
import { REPORT_LIMITS } from "./wire.ts";

export interface Spooled {
  draft: Draft;
  numbering: Numbering;
  /** Of the agent that saw it. */
  agentVersion: string;
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
  let refused = false;
  const shrank = (): void => void (refused = false);
  const files = await openSpoolFiles({ directory, quarantine, agentVersion, log, shrank });
  const merging = createSpoolMerging({ files, limitBytes, agentVersion, log });
  const numbers = createSpoolNumbers(directory);
  // A clock that was set back must not give a name that is taken.
  let counter = Math.max(0, ...files.entries.map((entry) => entry.name.counter));
  /** Damaged reports that a report has told of. */
  let told = 0;
  let current: Entry | undefined;

  const given = (): Entry => {
    if (current === undefined || !files.entries.includes(current)) throw new RangeError("no report was given out");
    return current;
  };

  const add = async (plain: Draft, beyondLimit: boolean): Promise<void> => {
    const untold = files.damaged() - told;
    const tells = untold > 0 && plain.sources.length < REPORT_LIMITS.sources;
    const draft = tells ? { ...plain, sources: [...plain.sources, spoolSource(0, untold)] } : plain;
    const record = recordOf(draft, agentVersion);
    const encoded = encodeRecord(record);
    const fits = (): boolean => files.bytes() + encoded.length <= limitBytes || files.entries.length === 0;
    await merging.makeRoom(fits);
    if (fits() || beyondLimit) {
      counter += 1;
      await files.append(await files.write({ created: timestamp(), counter, half: "" }, record, encoded));
    } else if (!(await merging.mergeInto(record))) {
      refused = true;
      throw new SpoolFullError(`the spool holds ${files.bytes()} of ${limitBytes} bytes, and nothing is left to merge`);
    }
    if (tells) told += untold;
  };

  const oldest = async (): Promise<Spooled | undefined> => {
    let fault: unknown;
    for (const entry of files.entries.slice()) {
      let record;
      try {
        record = await files.read(entry);
      } catch (error) {
        // This file cannot be read now (EIO, too many open files): others may be, and it may be later.
        fault ??= error;
        continue;
      }
      if (record === undefined) continue;
      const numbering = await numbers.of(entry);
      current = entry;
      return { draft: record.draft, numbering, agentVersion: record.agentVersion };
    }
    if (fault !== undefined) throw fault;
    return undefined;
  };

  const answered = async (): Promise<void> => {
    const entry = given();
    await rm(pathIn(directory, entry), { force: true });
    await syncDirectory(directory);
    files.drop(entry);
  };

  const quarantineOldest = async (reason: string): Promise<void> => {
    const entry = given();
    await quarantine.take(pathIn(directory, entry), reason);
    await syncDirectory(directory);
    files.drop(entry);
  };

  const splitOldest = async (halves: [Draft, Draft]): Promise<void> => {
    const whole = given();
    const { created, counter: of, half } = whole.name;
    const written: Entry[] = [];
    try {
      for (const [index, draft] of halves.entries()) {
        const name = { created, counter: of, half: half + (index === 0 ? "a" : "b") };
        written.push(await files.write(name, recordOf(draft, agentVersion)));
      }
      await syncDirectory(directory);
      await rm(pathIn(directory, whole), { force: true });
    } catch (error) {
      // The whole may yet be taken; halves that outlive it would count it twice.
      for (const entry of written) await rm(pathIn(directory, entry), { force: true });
      throw error;
    }
    files.replace(whole, ...written);
    await syncDirectory(directory);
  };

  const inTurn = createTurns();
  return {
    hasRoom: () => !refused,
    add: (draft, beyondLimit = false) => inTurn(() => add(draft, beyondLimit)),
    oldest: () => inTurn(oldest),
    answered: () => inTurn(answered),
    startEpoch: () => inTurn(async () => numbers.startEpoch()),
    quarantineOldest: (reason) => inTurn(() => quarantineOldest(reason)),
    splitOldest: (halves) => inTurn(() => splitOldest(halves)),
    size: () => ({
      reports: files.entries.length,
      bytes: files.bytes(),
      limitBytes,
      full: refused,
      quarantined: quarantine.count(),
      merged: merging.merged(),
      damaged: files.damaged(),
    }),
  };
}
