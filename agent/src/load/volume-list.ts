import { createFillReader } from "./fill-reader.ts";
import type { LoadReading } from "./load-reader.ts";

/** What is mounted and how full it is changes slowly, and a host of containers has thousands of mounts. */
const LISTED_MS = 55_000;
/** The protocol's limit (load.ts of packages/protocol). */
const MOST_VOLUMES = 512;

interface Volume {
  mount: string;
  device: string;
}

interface VolumeCalls {
  /** What is mounted; asked about once a minute. */
  list(): readonly Volume[];
  /** Bytes written to one, where they are known. @param isSilent it did not say in time how full it is */
  writtenTo(volume: Volume, isSilent: boolean): number | undefined;
  /** Told once a minute of each that does not say in time how full it is. */
  onSilent?(mount: string): void;
}

/**
 * The volumes of a host at each look; how full they are is told by those looks that list them anew.
 *
 * @param now milliseconds of a clock that never steps
 */
export function createVolumeList(now: () => number) {
  const fills = createFillReader();
  let known: readonly Volume[] = [];
  let knownAt: number | undefined;
  let silent = new Set<string>();

  async function listAnew({ list, onSilent }: VolumeCalls): Promise<ReadonlyMap<string, number>> {
    knownAt = now();
    known = list().slice(0, MOST_VOLUMES);
    silent = new Set();
    const used = new Map<string, number>();
    for (const { mount } of known) {
      const fill = await fills.fill(mount);
      if (fill !== undefined) used.set(mount, fill.usedBytes);
      else {
        silent.add(mount);
        onSilent?.(mount);
      }
    }
    return used;
  }

  return {
    async read(calls: VolumeCalls): Promise<LoadReading["volumes"]> {
      const isDue = knownAt === undefined || now() - knownAt >= LISTED_MS;
      const used = isDue ? await listAnew(calls) : undefined;
      return known.map((volume) => {
        const { mount, device } = volume;
        const [written, bytes] = [calls.writtenTo(volume, silent.has(mount)), used?.get(mount)];
        return {
          mount,
          device,
          ...(written !== undefined && { written }),
          ...(bytes !== undefined && { used: bytes }),
        };
      });
    },
  };
}
