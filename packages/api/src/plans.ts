import { z } from "zod";
import { listOf, Page, Time } from "./common.ts";

const clock = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, "expected a time of day such as 20:00");
const weekday = z.enum(["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]);
const date = z.iso.date();
const hosts = z.array(z.string().min(1));

/** Every name that IANA knows, also those which Intl.supportedValuesOf leaves out (Asia/Kolkata, Europe/Kyiv); no offset. */
function isTimeZone(name: string): boolean {
  try {
    return /^[a-z]/i.test(new Intl.DateTimeFormat("en", { timeZone: name }).resolvedOptions().timeZone);
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}

/** Characters of base64; ten thousand hosts need a tenth of it. */
const LONGEST_FILE = 8 * 1024 * 1024;

/** What plan.yaml holds. Keys that this version does not honour yet are accepted and named in the plan's warnings. */
export const PlanFile = z.strictObject({
  timezone: z
    .string()
    .refine(isTimeZone, {
      error: (issue) => `expected an IANA time zone such as Asia/Seoul, got ${JSON.stringify(issue.input)}`,
    })
    .default("UTC"),
  windows: z
    .array(
      z.strictObject({
        weekday,
        from: clock,
        to: z
          .string()
          .regex(
            /^((mon|tues|wednes|thurs|fri|satur|sun)day )?([01]\d|2[0-3]):[0-5]\d$/,
            'expected a time of day, or a weekday and a time such as "sunday 15:00"',
          ),
      }),
    )
    .default([]),
  blackouts: z
    .array(
      z.union([
        z.strictObject({ monthEnd: z.int().min(0).max(28).optional(), monthStart: z.int().min(0).max(28).optional() }),
        z.strictObject({ from: date, to: date }),
      ]),
    )
    .default([]),
  earliest: date.optional(),
  maxServersPerWave: z.int().min(1).max(100_000).default(20),
  maxDataGBPerWave: z.number().positive().optional(),
  link: z.strictObject({ mbps: z.number().positive(), utilisation: z.number().positive().max(1) }).optional(),
  people: z.int().min(1).optional(),
  firewallLeadDays: z.int().min(0).optional(),
  together: z.array(hosts).default([]),
  apart: z.array(hosts).default([]),
  before: z.array(z.tuple([z.string(), z.string()])).default([]),
  pin: z.record(z.string(), z.int().min(1)).default({}),
  stay: hosts.default([]),
  retire: hosts.default([]),
  provideFirst: hosts.default([]),
  /** Name of an addresses.csv. */
  addresses: z.string().min(1).max(1024).optional(),
  seed: z.int().min(0).default(1),
});

/** The same with the files that it names, by these names, in base64: they need not be UTF-8. */
export const PlanRequest = PlanFile.extend({
  files: z.record(z.string(), z.base64().max(LONGEST_FILE)).default({}),
});
export type PlanRequest = z.infer<typeof PlanRequest>;

export const PlanDocument = z.object({
  id: z.string(),
  createdAt: Time,
  seed: z.int(),
  waves: z.array(
    z.object({
      number: z.int(),
      start: Time.optional(),
      end: Time.optional(),
      groups: z.array(z.string()),
      hosts: z.array(z.string()),
      servers: z.int(),
      dataGB: z.number(),
      /** Written to the disks of its hosts; absent where of none is known how much. */
      changedGBPerDay: z.number().optional(),
      /** What each of its hosts has to copy and to catch up with, where it is known. */
      data: z
        .array(
          z.object({
            host: z.string(),
            dataGB: z.number().optional(),
            changedGBPerDay: z.number().optional(),
            /** Why it is 0: a domain controller is promoted anew. */
            reason: z.string().optional(),
          }),
        )
        .optional(),
      /** What to see to before this wave. */
      warnings: z.array(z.string()).optional(),
    }),
  ),
  cost: z.object({ cut: z.number(), exposureWeeks: z.number(), temporaryRules: z.number() }),
  bound: z.number().nullable(),
  recommendation: z.string(),
  warnings: z.array(z.string()),
  coverage: z.looseObject({}),
});
export type PlanDocument = z.infer<typeof PlanDocument>;
export const PlanQuery = z.strictObject(Page);
export const PlanList = listOf(PlanDocument);
