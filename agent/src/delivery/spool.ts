import { randomBytes } from "node:crypto";
import { readFile, readdir, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { messageOf } from "../errors.ts";
import type { Log } from "../logging.ts";
import { replaceFile, syncDirectory } from "../state/atomic-file.ts";
import type { Draft } from "./report.ts";
import { type Quarantine, openQuarantine } from "./quarantine.ts";
import { type Numbering, type SpoolName, formatName, parseName } from "./spool-name.ts";

export interface Spooled {
  draft: Draft;
  numbering: Numbering;
}

interface SpoolSize {
  reports: number;
  bytes: number;
  limitBytes: number;
  full: boolean;
  quarantined: number;
}

/** Reports on the disk that no collector has answered yet, oldest first. */
export interface Spool {
  /** False when another report would pass the limit: then the flows stay in the flow table. */
  hasRoom(): boolean;
  /** Keeps a report; it is on the disk when the promise resolves. */
  add(draft: Draft): Promise<void>;
  /** The oldest report, numbered durably; what cannot be read is put into quarantine and skipped. */
  oldest(): Promise<Spooled | undefined>;
  /** Deletes the oldest report: the collector has it. */
  answered(): Promise<void>;
  /** Puts the oldest report aside for good. */
  quarantineOldest(reason: string): Promise<void>;
  /** Replaces the oldest report by its two halves, which have no number yet. */
  splitOldest(halves: [Draft, Draft]): Promise<void>;
  size(): SpoolSize;
}

interface Entry {
  name: SpoolName;
  bytes: number;
}

interface SpoolOptions {
  directory: string;
  quarantineDirectory: string;
  limitBytes: number;
  quarantineLimitBytes: number;
  log: Log;
}

/**
 * Opens the spool, and puts right what a crash left.
 *
 * One file a report. Its name carries the number, so that numbering is one rename; a report's content never changes,
 * so a report sent again is the same byte for byte. A split writes both halves before it deletes the whole: where the
 * whole still stands, its halves were never sent and are dropped.
 */
export async function openSpool(options: SpoolOptions): Promise<Spool> {
  const { directory, limitBytes, log } = options;
  const quarantine = await openQuarantine(options.quarantineDirectory, options.quarantineLimitBytes, log);
  const entries = await recover(directory, quarantine);
  const epoch = randomBytes(16).toString("hex");
  let lastNumber = 0;
  let counter = 0;
  let bytes = entries.reduce((sum, entry) => sum + entry.bytes, 0);

  const write = async (name: SpoolName, draft: Draft): Promise<Entry> => {
    const content = gzipSync(JSON.stringify(draft));
    await replaceFile(join(directory, formatName(name)), content);
    bytes += content.length;
    return { name, bytes: content.length };
  };
  const drop = (entry: Entry): void => {
    const index = entries.indexOf(entry);
    if (index >= 0) entries.splice(index, 1);
    bytes -= entry.bytes;
  };
  const first = (): Entry => {
    const entry = entries[0];
    if (entry === undefined) throw new RangeError("the spool is empty");
    return entry;
  };
  const pathOf = (entry: Entry): string => join(directory, formatName(entry.name));

  /** Numbers an entry by renaming its file: after a crash the name tells whether the number was given. */
  const number = async (entry: Entry): Promise<Numbering> => {
    if (entry.name.numbering !== undefined) return entry.name.numbering;
    const numbering = { epoch, number: lastNumber + 1, sentAt: Date.now() };
    const name = { ...entry.name, numbering };
    await rename(pathOf(entry), join(directory, formatName(name)));
    lastNumber = numbering.number;
    entry.name = name;
    await syncDirectory(directory);
    return numbering;
  };

  return {
    hasRoom: () => bytes < limitBytes,
    async add(draft) {
      counter += 1;
      entries.push(await write({ created: Date.now(), counter, half: "" }, draft));
    },
    async oldest() {
      for (let entry = entries[0]; entry !== undefined; entry = entries[0]) {
        const content = await readDraft(pathOf(entry));
        if ("draft" in content) return { draft: content.draft, numbering: await number(entry) };
        await quarantine.take(pathOf(entry), content.reason);
        drop(entry);
      }
      return undefined;
    },
    async answered() {
      const entry = first();
      await rm(pathOf(entry), { force: true });
      await syncDirectory(directory);
      drop(entry);
    },
    async quarantineOldest(reason) {
      const entry = first();
      await quarantine.take(pathOf(entry), reason);
      await syncDirectory(directory);
      drop(entry);
    },
    async splitOldest(halves) {
      const whole = first();
      const { created, counter: of, half } = whole.name;
      const left = await write({ created, counter: of, half: `${half}a` }, halves[0]);
      const right = await write({ created, counter: of, half: `${half}b` }, halves[1]);
      await rm(pathOf(whole), { force: true });
      await syncDirectory(directory);
      drop(whole);
      entries.unshift(left, right);
    },
    size: () => ({
      reports: entries.length,
      bytes,
      limitBytes,
      full: bytes >= limitBytes,
      quarantined: quarantine.count(),
    }),
  };
}

/** The reports that an earlier run left, oldest first; whatever else lies there goes into quarantine. */
async function recover(directory: string, quarantine: Quarantine): Promise<Entry[]> {
  const entries: Entry[] = [];
  for (const file of (await readdir(directory)).sort()) {
    const path = join(directory, file);
    const name = parseName(file);
    if (name === undefined) {
      await quarantine.take(path, file.endsWith(".tmp") ? "writing it was interrupted" : "not a report's file name");
      continue;
    }
    const content = await readDraft(path);
    if ("reason" in content) await quarantine.take(path, content.reason);
    else entries.push({ name, bytes: (await stat(path)).size });
  }
  return dropUnfinishedSplits(directory, entries);
}

function stem(name: SpoolName, half = name.half): string {
  return `${name.created}-${name.counter}${half}`;
}

async function dropUnfinishedSplits(directory: string, entries: Entry[]): Promise<Entry[]> {
  const stems = new Set(entries.map((entry) => stem(entry.name)));
  const kept: Entry[] = [];
  for (const entry of entries) {
    const { half } = entry.name;
    if (half !== "" && stems.has(stem(entry.name, half.slice(0, -1)))) {
      await rm(join(directory, formatName(entry.name)), { force: true });
    } else kept.push(entry);
  }
  return kept;
}

async function readDraft(path: string): Promise<{ draft: Draft } | { reason: string }> {
  try {
    const content: unknown = JSON.parse(gunzipSync(await readFile(path)).toString("utf8"));
    return isDraft(content) ? { draft: content } : { reason: "not a report" };
  } catch (error) {
    return { reason: `unreadable: ${messageOf(error)}` };
  }
}

/** Enough to know that this agent wrote it: the file's checksum has been verified by gunzip. */
function isDraft(content: unknown): content is Draft {
  return typeof content === "object" && content !== null && "flows" in content && Array.isArray(content.flows);
}
