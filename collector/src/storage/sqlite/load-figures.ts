import type { LoadFigures } from "../evidence.ts";

type Cpu = NonNullable<LoadFigures["cpu"]>;
type Level = NonNullable<LoadFigures["memory"]>;
type Network = NonNullable<LoadFigures["network"]>;
type Volume = LoadFigures["volumes"][number];
type Written = NonNullable<Volume["written"]>;

/** Volumes that come and go (of pods, of backups) must not fill a row: as many as one report tells. */
const MOST_VOLUMES = 512;

/** How two figures become one; each alone where the other is missing. */
interface Way {
  cpu(a: Cpu, b: Cpu): Cpu;
  level(a: Level, b: Level): Level;
  network(a: Network, b: Network): Network;
  written(a: Written, b: Written): Written;
}

const ADD: Way = {
  cpu: (a, b) => ({ ms: a.ms + b.ms, busyMs: a.busyMs + b.busyMs, peak: Math.max(a.peak, b.peak) }),
  level: (a, b) => ({ samples: a.samples + b.samples, sum: a.sum + b.sum, peak: Math.max(a.peak, b.peak) }),
  network: (a, b) => ({
    ms: a.ms + b.ms,
    bytesIn: a.bytesIn + b.bytesIn,
    bytesOut: a.bytesOut + b.bytesOut,
    peakIn: Math.max(a.peakIn, b.peakIn),
    peakOut: Math.max(a.peakOut, b.peakOut),
  }),
  written: (a, b) => ({ ms: a.ms + b.ms, bytes: a.bytes + b.bytes, peak: Math.max(a.peak, b.peak) }),
};

/** Of one machine that two agents watched at the same time: what the one measured that saw more. */
const LARGER: Way = {
  cpu: (a, b) => (b.ms > a.ms ? b : a),
  level: (a, b) => (b.samples > a.samples ? b : a),
  network: (a, b) => (b.ms > a.ms ? b : a),
  written: (a, b) => (b.ms > a.ms ? b : a),
};

function either<T>(a: T | undefined, b: T | undefined, both: (a: T, b: T) => T): T | undefined {
  return a === undefined ? b : b === undefined ? a : both(a, b);
}

function combine(a: LoadFigures, b: LoadFigures, way: Way): LoadFigures {
  const cpu = either(a.cpu, b.cpu, way.cpu);
  const memory = either(a.memory, b.memory, way.level);
  const network = either(a.network, b.network, way.network);
  const volumes = new Map(a.volumes.map((volume) => [volume.mount, volume]));
  for (const volume of b.volumes) {
    const known = volumes.get(volume.mount);
    if (!known && volumes.size >= MOST_VOLUMES) continue;
    const written = either(known?.written, volume.written, way.written);
    const used = either(known?.used, volume.used, way.level);
    volumes.set(volume.mount, { mount: volume.mount, ...(written && { written }), ...(used && { used }) });
  }
  return {
    from: Math.min(a.from, b.from),
    to: Math.max(a.to, b.to),
    ...(cpu && { cpu }),
    ...(memory && { memory }),
    ...(network && { network }),
    volumes: [...volumes.values()],
  };
}

/** What two parts of one hour or day come to. */
export function addFigures(a: LoadFigures, b: LoadFigures): LoadFigures {
  return combine(a, b, ADD);
}

/**
 * One hour or day of hosts that are one. Agents that watched at the same time measured the same: the figures of the one
 * that saw more stand. One that took over from another measured what that one no longer saw: both count.
 * @param parts at least one
 */
export function mergeFigures(parts: readonly LoadFigures[]): LoadFigures {
  const [first, ...others] = parts.toSorted((a, b) => a.from - b.from || a.to - b.to);
  if (!first) throw new Error("an hour without figures");
  return others.reduce((sum, next) => combine(sum, next, next.from < sum.to ? LARGER : ADD), first);
}

type Numbers = readonly number[];
type Stored = [number, number, Numbers | 0, Numbers | 0, Numbers | 0, [string, Numbers | 0, Numbers | 0][]];

const levelNumbers = ({ samples, sum, peak }: Level): Numbers => [samples, sum, peak];
const levelOf = ([samples = 0, sum = 0, peak = 0]: Numbers): Level => ({ samples, sum, peak });

/** As JSON without names: they would be most of it. */
export function encodeFigures({ from, to, cpu, memory, network, volumes }: LoadFigures): string {
  const stored: Stored = [
    from,
    to,
    cpu ? [cpu.ms, cpu.busyMs, cpu.peak] : 0,
    memory ? levelNumbers(memory) : 0,
    network ? [network.ms, network.bytesIn, network.bytesOut, network.peakIn, network.peakOut] : 0,
    volumes.map(({ mount, written, used }) => [
      mount,
      written ? [written.ms, written.bytes, written.peak] : 0,
      used ? levelNumbers(used) : 0,
    ]),
  ];
  return JSON.stringify(stored);
}

/** The reverse of encodeFigures. */
export function decodeFigures(text: string): LoadFigures {
  const [from, to, cpu, memory, network, volumes] = JSON.parse(text) as Stored;
  return {
    from,
    to,
    ...(cpu && { cpu: { ms: cpu[0] ?? 0, busyMs: cpu[1] ?? 0, peak: cpu[2] ?? 0 } }),
    ...(memory && { memory: levelOf(memory) }),
    ...(network && {
      network: {
        ms: network[0] ?? 0,
        bytesIn: network[1] ?? 0,
        bytesOut: network[2] ?? 0,
        peakIn: network[3] ?? 0,
        peakOut: network[4] ?? 0,
      },
    }),
    volumes: volumes.map(([mount, written, used]) => ({
      mount,
      ...(written && { written: { ms: written[0] ?? 0, bytes: written[1] ?? 0, peak: written[2] ?? 0 } }),
      ...(used && { used: levelOf(used) }),
    })),
  };
}
