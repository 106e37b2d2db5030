import { z } from "zod";
import { listOf, Page, Period, Time, Total } from "./common.ts";

/** Bytes in use. */
const Level = z.object({ average: z.number().min(0), peak: z.number().min(0) });

/** What a host did in one hour of the site's clock, or, after 62 days, in one day. */
export const LoadItem = z.object({
  id: z.string(),
  /** Of the site, YYYY-MM-DD. */
  day: z.iso.date(),
  /** Start of the hour; absent where the whole day is told. */
  hour: Time.optional(),
  /** How much of it was measured: sums are of that time alone. */
  measuredSeconds: z.number().min(0),
  /** Share of all cores that was busy, 0 to 1. */
  cpu: z.object({ average: z.number().min(0).max(1), peak: z.number().min(0).max(1) }).optional(),
  memoryBytes: Level.optional(),
  /** Of all interfaces that lead out of the host; peaks in bytes per second. */
  network: z
    .object({ bytesIn: Total, bytesOut: Total, peakIn: z.number().min(0), peakOut: z.number().min(0) })
    .optional(),
  volumes: z.array(
    z.object({
      mount: z.string(),
      /** Also what was written again. */
      bytesWritten: Total.optional(),
      /** Bytes per second. */
      peakWritten: z.number().min(0).optional(),
      usedBytes: Level.optional(),
    }),
  ),
});
export type LoadItem = z.infer<typeof LoadItem>;
export const LoadQuery = z.strictObject({ ...Page, ...Period });
export const LoadList = listOf(LoadItem);
