import type { LoadHour } from "@portolan/protocol";

type Cpu = NonNullable<LoadHour["cpu"]>;
type Level = NonNullable<LoadHour["memory"]>;
type Network = NonNullable<LoadHour["network"]>;
type Volume = LoadHour["volumes"][number];

const HOUR_MS = 3_600_000;

/** Start of the hour of the local clock that a time lies in; milliseconds since 1970 UTC. */
export function hourOf(at: number): number {
  const offset = -60_000 * new Date(at).getTimezoneOffset();
  return Math.floor((at + offset) / HOUR_MS) * HOUR_MS - offset;
}

/** What one figure and another one come to; each alone where the other is missing. */
function both<Figure>(
  one: Figure | undefined,
  other: Figure | undefined,
  add: (one: Figure, other: Figure) => Figure,
): Figure | undefined {
  return one === undefined ? other : other === undefined ? one : add(one, other);
}

const weighted = (one: number, weight: number, other: number, otherWeight: number) =>
  (one * weight + other * otherWeight) / (weight + otherWeight);

const addCpu = (one: Cpu, other: Cpu): Cpu => ({
  ms: one.ms + other.ms,
  mean: Math.round(1e6 * weighted(one.mean, one.ms, other.mean, other.ms)) / 1e6,
  peak: Math.max(one.peak, other.peak),
});

const addLevel = (one: Level, other: Level): Level => ({
  samples: one.samples + other.samples,
  mean: Math.round(weighted(one.mean, one.samples, other.mean, other.samples)),
  peak: Math.max(one.peak, other.peak),
});

const addNetwork = (one: Network, other: Network): Network => ({
  ms: one.ms + other.ms,
  bytesIn: one.bytesIn + other.bytesIn,
  bytesOut: one.bytesOut + other.bytesOut,
  peakIn: Math.max(one.peakIn, other.peakIn),
  peakOut: Math.max(one.peakOut, other.peakOut),
});

function addVolume(one: Volume, other: Volume): Volume {
  const written = both(one.written, other.written, (a, b) => ({
    ms: a.ms + b.ms,
    bytes: a.bytes + b.bytes,
    peak: Math.max(a.peak, b.peak),
  }));
  const used = both(one.used, other.used, addLevel);
  return { mount: one.mount, ...(written && { written }), ...(used && { used }) };
}

/** What two parts of one hour come to: sums, weights and maxima. */
export function addHours(one: LoadHour, other: LoadHour): LoadHour {
  const cpu = both(one.cpu, other.cpu, addCpu);
  const memory = both(one.memory, other.memory, addLevel);
  const network = both(one.network, other.network, addNetwork);
  const volumes = new Map(one.volumes.map((volume) => [volume.mount, volume]));
  for (const volume of other.volumes) {
    const known = volumes.get(volume.mount);
    volumes.set(volume.mount, known ? addVolume(known, volume) : volume);
  }
  return {
    from: one.from < other.from ? one.from : other.from,
    to: one.to > other.to ? one.to : other.to,
    ...(cpu && { cpu }),
    ...(memory && { memory }),
    ...(network && { network }),
    volumes: [...volumes.values()],
  };
}

/** One list of hours of two: parts of one hour become one. */
export function mergeLoad(one: readonly LoadHour[], other: readonly LoadHour[]): LoadHour[] {
  const hours = new Map<number, LoadHour>();
  for (const part of [...one, ...other]) {
    const hour = hourOf(Date.parse(part.from));
    const known = hours.get(hour);
    hours.set(hour, known ? addHours(known, part) : part);
  }
  return [...hours].sort(([a], [b]) => a - b).map(([, part]) => part);
}
