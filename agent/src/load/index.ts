import type { LoadHour, Source } from "@portolan/protocol";
import { UnsupportedPlatformError } from "../sampling/sampler.ts";
import { createLoadHours } from "./load-hours.ts";
import type { LoadReader, LoadReaderOptions } from "./load-reader.ts";

/** Watches what the host does, look by look. */
export interface LoadWatch {
  /** Never rejects. */
  look(): Promise<void>;
  /** Everything since the last call, and what went wrong meanwhile as a row of the report's sources. */
  take(): { hours: LoadHour[]; trouble?: Source };
}

/**
 * Watches the load of this host, as its operating system tells it. Only its own folder is loaded.
 *
 * @throws {UnsupportedPlatformError} where nobody knows how.
 */
export async function createLoadWatch(options: LoadReaderOptions = {}): Promise<LoadWatch> {
  if (process.platform === "linux") {
    const linux = await import("./linux/index.ts");
    return watchLoad(linux.createLoadReader(options));
  }
  if (process.platform === "win32") {
    const windows = await import("./windows/index.ts");
    return watchLoad(windows.createLoadReader(options));
  }
  throw new UnsupportedPlatformError(`platform "${process.platform}": expected linux or win32, whose load can be read`);
}

/** The same of any reader. */
export function watchLoad(reader: LoadReader): LoadWatch {
  const hours = createLoadHours();
  let problems = new Set<string>();
  let lost = 0;
  let isLooking = false;
  return {
    async look() {
      if (isLooking) return;
      isLooking = true;
      try {
        const reading = await reader.read();
        hours.add(reading, Date.now(), performance.now());
        for (const problem of reading.problems) problems.add(problem);
        lost += reading.lost;
      } finally {
        isLooking = false;
      }
    },
    take() {
      const reasons = [...problems, ...(lost > 0 ? [`${lost} lines made no sense`] : [])];
      const taken = { hours: hours.take(), ...(reasons.length > 0 && { trouble: troubleOf(reasons, lost) }) };
      problems = new Set();
      lost = 0;
      return taken;
    },
  };
}

/** Never of a source that works: what a host is blind to is told by those that look at its sockets. */
function troubleOf(reasons: readonly string[], lost: number): Source {
  const reason = reasons.join("; ").slice(0, 1024);
  return { name: "load", ok: false, reason, observations: 0, lost, gapMs: 0, cpuMs: 0, blindTo: [] };
}
