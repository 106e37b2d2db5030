import { z } from "zod";
import { Directory } from "./directory.ts";
import { Flow } from "./flow.ts";
import { HostFacts } from "./host-facts.ts";
import { Listener } from "./listener.ts";
import { LoadHour } from "./load.ts";
import { Count, Name, Timestamp, TimeZone } from "./primitives.ts";
import { Process } from "./process.ts";
import { Source } from "./source.ts";
import { PROTOCOL_VERSION } from "./version.ts";

/** The most items that one report may carry; an agent splits what is larger. */
export const REPORT_LIMITS = { flows: 50_000, listeners: 20_000, processes: 20_000, sources: 64, load: 200 } as const;

/** What waits at the agent besides this report, and what became of other reports there since it started. */
export const SpoolState = z.object({
  reports: Count,
  bytes: Count,
  /** Reports in quarantine, now. */
  quarantined: Count,
  /** Reports that were merged into others for want of room. */
  merged: Count,
});
export type SpoolState = z.infer<typeof SpoolState>;

const envelope = {
  protocolVersion: z.literal(PROTOCOL_VERSION),
  /** Of the moment of sending, and no part of what the report tells: another attempt may say something else. */
  agent: z.object({ id: Name, version: Name, spool: SpoolState.optional() }),
  /** `epoch` is random at each start of the agent; `number` counts from 1 and is given, durably, at first send. */
  sequence: z.object({ epoch: z.string().regex(/^[0-9a-f]{16,64}$/), number: z.int().min(1) }),
  window: z.object({ from: Timestamp, to: Timestamp }),
  sentAt: Timestamp,
  timeZone: TimeZone,
};

/** One report, whole: everything an agent sends at one time. */
export const Report = z.object({
  ...envelope,
  window: envelope.window.refine((window) => Date.parse(window.to) >= Date.parse(window.from), {
    path: ["to"],
    error: "expected a time not before from",
  }),
  sources: z.array(Source).max(REPORT_LIMITS.sources),
  host: HostFacts.optional(),
  /** Whether the host belongs to a domain: when that changed, daily, and when asked for. */
  directory: Directory.optional(),
  /** All listeners, when any changed. Absent means unchanged, empty means none. */
  listeners: z.array(Listener).max(REPORT_LIMITS.listeners).optional(),
  /** What the host did in the hours, or parts of hours, that the window touches. */
  load: z.array(LoadHour).max(REPORT_LIMITS.load).optional(),
  processes: z.array(Process).max(REPORT_LIMITS.processes),
  flows: z.array(Flow).max(REPORT_LIMITS.flows),
});
export type Report = z.infer<typeof Report>;

/**
 * The parts without which a report means nothing; items are checked one by one, so that a bad one costs
 * only itself. No time is wrong here: whoever's clock was set within the window can't help it.
 */
export const ReportEnvelope = z.object({
  ...envelope,
  sources: z.array(z.unknown()).max(REPORT_LIMITS.sources),
  host: z.unknown().optional(),
  directory: z.unknown().optional(),
  listeners: z.array(z.unknown()).max(REPORT_LIMITS.listeners).optional(),
  load: z.array(z.unknown()).max(REPORT_LIMITS.load).optional(),
  processes: z.array(z.unknown()).max(REPORT_LIMITS.processes),
  flows: z.array(z.unknown()).max(REPORT_LIMITS.flows),
});
