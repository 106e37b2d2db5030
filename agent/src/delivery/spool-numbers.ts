import { createHash, randomBytes } from "node:crypto";
import { rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { syncDirectory } from "../state/atomic-file.ts";
import { type Entry, pathIn } from "./spool-entry.ts";
import { type Numbering, formatName, timestamp } from "./spool-name.ts";

/** Gives reports their numbers, durably. */
export interface SpoolNumbers {
  /** The number of a report, given now where it has none. It is on the disk when the promise resolves. */
  of(entry: Entry): Promise<Numbering>;
  /** Numbers what has no number yet under a new epoch. */
  startEpoch(): void;
}

export function createSpoolNumbers(directory: string): SpoolNumbers {
  let epoch = newEpoch();
  let lastNumber = 0;
  return {
    async of(entry) {
      if (entry.leftovers.length > 0) await syncDirectory(directory);
      for (let path = entry.leftovers[0]; path !== undefined; path = entry.leftovers[0]) {
        await rm(path, { force: true });
        entry.leftovers.shift();
      }
      const numbering = entry.name.numbering ?? { epoch, number: lastNumber + 1, sentAt: timestamp() };
      if (entry.name.numbering === undefined) {
        // By renaming its file: after a crash the name tells whether the number was given.
        const name = { ...entry.name, numbering };
        await rename(pathIn(directory, entry), join(directory, formatName(name)));
        lastNumber = numbering.number;
        entry.name = name;
      }
      if (!entry.numberDurable) await syncDirectory(directory);
      entry.numberDurable = true;
      return numbering;
    },
    startEpoch() {
      epoch = newEpoch();
      lastNumber = 0;
    },
  };
}

/** Random, and not even the same in two copies of a running machine, whose random numbers may be. */
function newEpoch(): string {
  const unlike = `${process.hrtime.bigint()} ${Date.now()} ${process.pid}`;
  return createHash("sha256").update(randomBytes(32)).update(unlike).digest("hex").slice(0, 32);
}
