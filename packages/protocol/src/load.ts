import { z } from "zod";
import { Count, Timestamp } from "./primitives.ts";

/** A clock that is set back lives an hour twice: more than an hour may be told of one. */
const MOST_MS = 86_400_000;
/** No disk or network of one host is faster: 1 TB a second. */
const MOST_PER_SECOND = 1e12;

/** Milliseconds in which it was counted: what was not measured is not guessed. */
const Measured = z.int().min(1).max(MOST_MS);
const Share = z.number().min(0).max(1);
const PerSecond = z.number().min(0).max(MOST_PER_SECOND);

/** Bytes that were in use, of that many looks. */
const Level = z.object({ samples: z.int().min(1).max(MOST_MS), mean: Count, peak: Count });

/** The load of one file system with a device of its own. */
export const VolumeLoad = z.object({
  mount: z.string().min(1).max(1024),
  /** Bytes written to its device. `peak`: bytes per second between the two looks between which it was highest. */
  written: z.object({ ms: Measured, bytes: Count, peak: PerSecond }).optional(),
  used: Level.optional(),
});
export type VolumeLoad = z.infer<typeof VolumeLoad>;

const figures = {
  /** Shares of all cores, busy: neither idle nor waiting for a disk. */
  cpu: z.object({ ms: Measured, mean: Share, peak: Share }).optional(),
  memory: Level.optional(),
  /** All interfaces that lead out of the host; peaks in bytes per second. */
  network: z
    .object({ ms: Measured, bytesIn: Count, bytesOut: Count, peakIn: PerSecond, peakOut: PerSecond })
    .optional(),
};

/** What a host did in one hour of its clock, or in a part of one. Parts of one hour add up: sums, weights and maxima. */
export const LoadHour = z.object({
  /** Within one hour of the host's local time. */
  from: Timestamp,
  to: Timestamp,
  ...figures,
  volumes: z.array(VolumeLoad).max(512),
});
export type LoadHour = z.infer<typeof LoadHour>;

/** A part whose volumes are still to be checked one by one. A clock that was set may put `to` before `from`. */
export const ReceivedLoadHour = LoadHour.extend({ volumes: z.array(z.unknown()).max(512) });
