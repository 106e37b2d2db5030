import type { Storage } from "../storage/storage.ts";

const DAY_MS = 86_400_000;
/** A month's end and a backup's full round lie within. */
const DAYS = 31;

/**
 * How many GB a day are written to each host's disks, by its id: what was written in the last 31 days by the time in
 * which it was measured. An upper bound of what a copy must catch up with, for what is written twice counts twice. Nothing
 * for a host that was measured for less than a day in all: its nights are not known.
 * @param now milliseconds since 1970 UTC
 */
export async function changeRates(storage: Pick<Storage, "listLoad">, now: number): Promise<Map<string, number>> {
  const since = new Date(now - DAYS * DAY_MS).toISOString().slice(0, 10);
  const sums = new Map<string, { ms: number; bytes: number }>();
  for (const { hostId, figures } of await storage.listLoad({ by: "day", since })) {
    const written = figures.volumes.flatMap((volume) => volume.written ?? []);
    if (written.length === 0) continue;
    const sum = sums.get(hostId) ?? { ms: 0, bytes: 0 };
    // Volumes that come and go: the host was watched as long as the one that was there longest.
    sum.ms += Math.max(...written.map(({ ms }) => ms));
    sum.bytes += written.reduce((total, { bytes }) => total + bytes, 0);
    sums.set(hostId, sum);
  }
  return new Map(
    [...sums].filter(([, { ms }]) => ms >= DAY_MS).map(([id, { ms, bytes }]) => [id, ((bytes / ms) * DAY_MS) / 1e9]),
  );
}
