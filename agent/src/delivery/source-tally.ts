import type { Source } from "@portolan/protocol";

/** Sums up how the sources fared in all samples of one window. */
export interface SourceTally {
  add(sources: readonly Source[]): void;
  /** One line a source, and an empty tally. */
  take(): Source[];
}

/** A source is ok in a window when it was ok in each of its samples; the last reason is kept, counts are summed. */
export function createSourceTally(): SourceTally {
  const sums = new Map<string, Source>();
  return {
    add(sources) {
      for (const source of sources) {
        const sum = sums.get(source.name);
        if (sum === undefined) {
          sums.set(source.name, { ...source, blindTo: [...source.blindTo] });
          continue;
        }
        sum.ok &&= source.ok;
        if (source.reason !== undefined) sum.reason = source.reason;
        sum.observations += source.observations;
        sum.lost += source.lost;
        sum.gapMs += source.gapMs;
        sum.cpuMs += source.cpuMs;
        for (const word of source.blindTo) if (!sum.blindTo.includes(word)) sum.blindTo.push(word);
      }
    },
    take() {
      const taken = [...sums.values()];
      sums.clear();
      return taken;
    },
  };
}
