import { statfs } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";

/** A disk that does not answer within this is asked again once it has. */
const PATIENCE_MS = 1000;

/** How full a file system is. */
interface Fill {
  sizeBytes: number;
  usedBytes: number;
}

/** Asks file systems how full they are; one that hangs keeps nobody waiting twice. */
export function createFillReader() {
  const hanging = new Set<string>();
  return {
    /** Undefined where it does not say. */
    async fill(mount: string): Promise<Fill | undefined> {
      if (hanging.has(mount)) return undefined;
      hanging.add(mount);
      const asked = statfs(mount)
        .then(({ blocks, bfree, bsize }) => ({
          sizeBytes: blocks * bsize,
          usedBytes: Math.max(0, blocks - bfree) * bsize,
        }))
        .catch(() => undefined)
        .finally(() => hanging.delete(mount));
      const patience = new AbortController();
      const late = sleep(PATIENCE_MS, undefined, { signal: patience.signal }).catch(() => undefined);
      const fill = await Promise.race([asked, late]);
      patience.abort();
      return fill;
    },
  };
}
