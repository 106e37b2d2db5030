import type { LoadHour } from "@portolan/protocol";
import { addHours, hourOf } from "./figures.ts";
import type { LoadReading } from "./load-reader.ts";

/** Two looks that are closer say too little about a rate: the next one tells of both. */
const LEAST_MS = 500;
/** Of longer than that nobody looked: what was counted then lies in no known hour. */
const MOST_MS = 3_600_000;
/** No disk and no network of one host is faster: a counter that says so began anew, or is another one's. */
const MOST_PER_SECOND = 1e12;
/** More than a day: only a clock that was set makes more. */
const MOST_HOURS = 72;

interface Look {
  reading: LoadReading;
  /** Of a clock that never steps. */
  monotonic: number;
}

/** Folds looks into hours of the clock: averages by time, sums, and the peak of the intervals between two looks. */
export interface LoadHours {
  /**
   * @param at milliseconds since 1970 UTC
   * @param monotonic milliseconds of a clock that never steps
   */
  add(reading: LoadReading, at: number, monotonic: number): void;
  /** Everything since the last call; the earliest hour first. */
  take(): LoadHour[];
}

export function createLoadHours(): LoadHours {
  let hours = new Map<number, LoadHour>();
  let last: Look | undefined;

  function put(part: LoadHour): void {
    const hour = hourOf(Date.parse(part.from));
    const known = hours.get(hour);
    hours.set(hour, known ? addHours(known, part) : part);
    const [oldest] = hours.keys();
    if (hours.size > MOST_HOURS && oldest !== undefined) hours.delete(oldest);
  }

  return {
    add(reading, at, monotonic) {
      const before = last;
      const ms = before === undefined ? 0 : monotonic - before.monotonic;
      if (before !== undefined && ms < LEAST_MS) return;
      last = { reading, monotonic };
      const levels = levelsOf(reading);
      if (levels) put({ from: time(at), to: time(at), ...levels });
      if (before === undefined || ms > MOST_MS) return;
      // By the clock of now: a clock that was set in between says nothing about when that was.
      for (let from = at - ms; from < at;) {
        const to = Math.min(hourOf(from) + MOST_MS, at);
        const share = (to - from) / ms;
        const rates = Math.round(to - from) < 1 ? undefined : ratesOf(before.reading, reading, ms, share);
        if (rates) put({ from: time(from), to: time(to), ...rates });
        from = to;
      }
    },
    take() {
      const taken = [...hours].sort(([a], [b]) => a - b).map(([, part]) => part);
      hours = new Map();
      return taken;
    },
  };
}

function time(at: number): string {
  return new Date(at).toISOString();
}

function levelOf(bytes: number) {
  return { samples: 1, mean: Math.round(bytes), peak: Math.round(bytes) };
}

function levelsOf({ memoryUsed, volumes }: LoadReading): Pick<LoadHour, "memory" | "volumes"> | undefined {
  const used = volumes.flatMap(({ mount, used: bytes }) =>
    bytes === undefined ? [] : [{ mount, used: levelOf(bytes) }],
  );
  if (memoryUsed === undefined && used.length === 0) return undefined;
  return { ...(memoryUsed !== undefined && { memory: levelOf(memoryUsed) }), volumes: used };
}

/** How much a counter grew; nothing where it went back (it wrapped, or is a new device's) or cannot be. */
function growth(before: number | undefined, after: number | undefined, ms: number): number | undefined {
  if (before === undefined || after === undefined || after < before) return undefined;
  const grown = after - before;
  return grown / ms > MOST_PER_SECOND / 1000 ? undefined : grown;
}

/** @param share of the interval that lies in the hour: what grew is spread evenly */
function ratesOf(
  before: LoadReading,
  after: LoadReading,
  ms: number,
  share: number,
): Pick<LoadHour, "cpu" | "network" | "volumes"> | undefined {
  const measured = Math.round(ms * share);
  const part = (bytes: number) => Math.round(bytes * share);
  const perSecond = (bytes: number) => Math.round((bytes * 1000) / ms);
  const cpu = cpuShare(before, after);
  const network = networkGrowth(before, after, ms);
  const known = new Map(before.volumes.map((volume) => [`${volume.mount} ${volume.device}`, volume.written]));
  const volumes = after.volumes.flatMap(({ mount, device, written }) => {
    const bytes = growth(known.get(`${mount} ${device}`), written, ms);
    return bytes === undefined
      ? []
      : [{ mount, written: { ms: measured, bytes: part(bytes), peak: perSecond(bytes) } }];
  });
  if (cpu === undefined && network === undefined && volumes.length === 0) return undefined;
  return {
    ...(cpu !== undefined && { cpu: { ms: measured, mean: cpu, peak: cpu } }),
    ...(network && {
      network: {
        ms: measured,
        bytesIn: part(network.bytesIn),
        bytesOut: part(network.bytesOut),
        peakIn: perSecond(network.bytesIn),
        peakOut: perSecond(network.bytesOut),
      },
    }),
    volumes,
  };
}

function cpuShare({ cpu: before }: LoadReading, { cpu: after }: LoadReading): number | undefined {
  if (!before || !after) return undefined;
  const [busy, total] = [after.busy - before.busy, after.total - before.total];
  // Waiting for a disk may be counted back a little (proc(5)): then a bit more than all was busy.
  return total <= 0 || busy < 0 ? undefined : Math.round(1e4 * Math.min(1, busy / total)) / 1e4;
}

/** Of the interfaces that were there before and after; nothing where none was. */
function networkGrowth(before: LoadReading, after: LoadReading, ms: number) {
  let isKnown = false;
  const sum = { bytesIn: 0, bytesOut: 0 };
  for (const [name, { bytesIn, bytesOut }] of after.interfaces) {
    const earlier = before.interfaces.get(name);
    const [grownIn, grownOut] = [growth(earlier?.bytesIn, bytesIn, ms), growth(earlier?.bytesOut, bytesOut, ms)];
    if (grownIn === undefined || grownOut === undefined) continue;
    isKnown = true;
    sum.bytesIn += grownIn;
    sum.bytesOut += grownOut;
  }
  return isKnown ? sum : undefined;
}
