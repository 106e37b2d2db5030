import { z } from "zod";
import { Time, Total } from "./common.ts";

/** Which hosts, days and kinds of day the evidence spans, and what each host's sources cannot see. */
export const Coverage = z.object({
  asOf: Time,
  /** Days with evidence of at least one host, YYYY-MM-DD, in order. */
  days: z.array(z.string()),
  kindsOfDay: z.object({ weekday: z.int(), weekend: z.int(), monthEnd: z.int(), monthStart: z.int() }),
  hosts: z.array(
    z.object({
      host: z.string(),
      kind: z.enum(["managed", "imported", "unmanaged"]),
      site: z.string(),
      firstReport: Time.optional(),
      lastReport: Time.optional(),
      days: z.int(),
      sources: z.array(z.string()),
      blindTo: z.array(z.string()),
      /** Observations known to be lost, and milliseconds not looked at. */
      lost: Total,
      gapMs: z.number(),
    }),
  ),
  hostsWithoutAgent: z.array(z.string()),
  notes: z.array(z.string()),
});
