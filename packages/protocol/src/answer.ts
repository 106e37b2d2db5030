import { z } from "zod";
import { Count } from "./primitives.ts";

/** An item that was not taken, named by its path in the report. */
export const Rejection = z.object({ path: z.string(), reason: z.string() });
export type Rejection = z.infer<typeof Rejection>;

/** What a collector wants done differently; an agent obeys within the bounds of its own file. */
export const Instructions = z.object({
  /** Seconds between samples, and between reports. */
  sampleSeconds: z.number().min(1).max(60).optional(),
  reportSeconds: z.number().min(5).max(3600).optional(),
  /** Send host facts and listeners again, whole. */
  resend: z.array(z.enum(["host", "listeners", "directory"])).optional(),
  /** Number what was never sent under a new epoch: another machine uses this one's numbers. */
  newEpoch: z.boolean().optional(),
});
export type Instructions = z.infer<typeof Instructions>;

/** The answer to a report, given after the disk has it. */
export const ReportAnswer = z.object({
  applied: z.boolean(),
  duplicate: z.boolean(),
  rejected: z.array(Rejection),
  /** Keys the collector does not know and ignored. */
  unknownKeys: Count,
  instructions: Instructions,
});
export type ReportAnswer = z.infer<typeof ReportAnswer>;
