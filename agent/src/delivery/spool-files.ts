import { rm } from "node:fs/promises";
import { join } from "node:path";
import { messageOf } from "../errors.ts";
import type { Log } from "../logging.ts";
import { replaceFile, syncDirectory } from "../state/atomic-file.ts";
import type { Quarantine } from "./quarantine.ts";
import { type Entry, contentOf, pathIn, readRecord } from "./spool-entry.ts";
import { type SpoolName, formatName } from "./spool-name.ts";
import { sizeOf } from "./spool-pairs.ts";
import { type SpoolRecord, encodeRecord } from "./spool-record.ts";
import { recoverSpool } from "./spool-recovery.ts";

interface SpoolFilesOptions {
  directory: string;
  quarantine: Quarantine;
  agentVersion: string;
  log: Log;
  /** Called when fewer bytes lie there than before. */
  shrank: () => void;
}

/** The spool's files, one a report, and what is known of them without reading them again. */
export interface SpoolFiles {
  readonly directory: string;
  /** Oldest first. */
  readonly entries: readonly Entry[];
  bytes(): number;
  /** Reports put into quarantine since the agent started as they could not be read. */
  damaged(): number;
  /**
   * Writes a file that no entry stands for yet. It is on the disk, its name only after syncDirectory: an error means that
   * nothing was changed.
   */
  write(name: SpoolName, record: SpoolRecord, encoded?: Buffer): Promise<Entry>;
  /** Enters a file as the newest; takes it away again where its name can't be made durable. */
  append(entry: Entry): Promise<void>;
  /** Others stand where an entry stood. */
  replace(entry: Entry, ...others: Entry[]): void;
  /** Forgets an entry; its file is the caller's. */
  drop(entry: Entry): void;
  /** The content of an entry; nothing where it is damaged or gone, and then the entry is too. */
  read(entry: Entry): Promise<SpoolRecord | undefined>;
}

/** Opens the folder, and puts right what a crash left there. */
export async function openSpoolFiles(options: SpoolFilesOptions): Promise<SpoolFiles> {
  const { directory, quarantine, agentVersion, log, shrank } = options;
  const recovered = await recoverSpool(directory, quarantine, agentVersion, log);
  const { entries } = recovered;
  let { damaged } = recovered;
  let bytes = sizeOf(entries);

  function put(index: number, replaced: number, ...added: Entry[]): void {
    const removed = entries.splice(index, replaced, ...added);
    const change = sizeOf(added) - sizeOf(removed);
    bytes += change;
    if (change < 0) shrank();
  }

  function drop(entry: Entry): void {
    const index = entries.indexOf(entry);
    if (index >= 0) put(index, 1);
  }

  /** Puts a damaged file aside; where even that fails it is forgotten until the next start. */
  async function setAside(entry: Entry, reason: string): Promise<void> {
    damaged += 1;
    drop(entry);
    try {
      await quarantine.take(pathIn(directory, entry), reason);
    } catch (error) {
      log.error({ reason: messageOf(error) }, "a damaged report could not be put into quarantine");
    }
  }

  return {
    directory,
    entries,
    bytes: () => bytes,
    damaged: () => damaged,
    async write(name, record, encoded = encodeRecord(record)) {
      await replaceFile(join(directory, formatName(name)), encoded, { syncFolder: false });
      return { name, bytes: encoded.length, numberDurable: false, leftovers: [], content: contentOf(record) };
    },
    async append(entry) {
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
    },
    replace(entry, ...others) {
      put(entries.indexOf(entry), 1, ...others);
    },
    drop,
    async read(entry) {
      const content = await readRecord(pathIn(directory, entry), agentVersion);
      if (content === "missing") {
        log.error({ file: formatName(entry.name) }, "a spooled report was deleted by somebody else");
        drop(entry);
      } else if ("reason" in content) await setAside(entry, content.reason);
      else return content.record;
      return undefined;
    },
  };
}
