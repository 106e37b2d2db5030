import { readdir, rename, rm, stat, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { messageOf } from "../errors.ts";
import type { Log } from "../logging.ts";

/** Reports that are never sent again, kept for people to look at. */
export interface Quarantine {
  /** Moves a file here and notes why; the oldest go when there are too many. */
  take(path: string, reason: string): Promise<void>;
  /** Files in it now. */
  count(): number;
}

/** Opens a quarantine directory that holds at most `limitBytes`. */
export async function openQuarantine(directory: string, limitBytes: number, log: Log): Promise<Quarantine> {
  const files: { name: string; bytes: number }[] = [];
  for (const name of (await readdir(directory)).sort()) {
    if (!name.endsWith(".reason")) files.push({ name, bytes: (await stat(join(directory, name))).size });
  }
  return {
    count: () => files.length,
    async take(path, reason) {
      const name = basename(path);
      const target = join(directory, name);
      await rename(path, target);
      const earlier = files.findIndex((file) => file.name === name);
      if (earlier >= 0) files.splice(earlier, 1);
      files.push({ name, bytes: (await stat(target)).size });
      log.warn({ file: name, reason }, "report put into quarantine; it will not be sent again");
      try {
        await writeFile(`${target}.reason`, `${reason}\n`, { mode: 0o600 });
      } catch (error) {
        log.warn({ file: name, reason: messageOf(error) }, "the reason for the quarantine could not be noted");
      }
      while (files.length > 1 && files.reduce((sum, file) => sum + file.bytes, 0) > limitBytes) {
        const oldest = files.shift();
        if (oldest === undefined) break;
        await rm(join(directory, oldest.name), { force: true });
        await rm(join(directory, `${oldest.name}.reason`), { force: true });
        log.warn({ file: oldest.name }, "the quarantine is full; its oldest report was deleted");
      }
    },
  };
}
