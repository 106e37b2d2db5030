import { z } from "zod";
import { Filters, listOf, Page, Period, Time, Total } from "./common.ts";

export const ListenerItem = z.object({
  id: z.string(),
  host: z.string(),
  protocol: z.enum(["tcp", "udp"]),
  address: z.string(),
  port: z.int(),
  process: z.string().optional(),
  scope: z.string().optional(),
  /** False once a whole list of the host came without it. */
  open: z.boolean(),
  firstSeen: Time,
  lastSeen: Time,
});
export const ListenerQuery = z.strictObject({ ...Page, ...Filters, ...Period });
export const ListenerList = listOf(ListenerItem);

const ends = {
  clientAddress: z.string().optional(),
  serverAddress: z.string().optional(),
  protocol: z.enum(["tcp", "udp"]),
  serverPort: z.int(),
  /** Only where the direction is unknown: the port at the end that stands as client. */
  clientPort: z.int().optional(),
  /** Absent when the end is unmanaged. */
  clientHost: z.string().optional(),
  serverHost: z.string().optional(),
  scope: z.string().optional(),
  connections: Total,
  failed: Total,
  bytesSent: Total.optional(),
  bytesReceived: Total.optional(),
  firstSeen: Time,
  lastSeen: Time,
  /** Number of days on which it was seen. */
  days: z.int(),
  sources: z.array(z.string()),
};

/** What the flows of both ends come to. `connections` is a lower bound where no end counts every connection. */
export const DependencyItem = z.object({
  id: z.string(),
  ...ends,
  clientProcesses: z.array(z.string()),
  serverProcesses: z.array(z.string()),
  lowerBound: z.boolean(),
  ends: z.enum(["client", "server", "both"]),
  direction: z.enum(["observed", "corrected", "guessed", "unknown"]),
  folded: z.int().optional(),
});
export type DependencyItem = z.infer<typeof DependencyItem>;

/** A flow from one host's view. */
export const FlowItem = z.object({
  id: z.string(),
  ...ends,
  /** True when the period begins or ends within a month that is older than 62 days: its counts can't be split and are left out. */
  lowerBound: z.boolean().optional(),
  seenFrom: z.enum(["client", "server", "both"]),
  process: z.string().optional(),
  direction: z.enum(["observed", "guessed", "unknown"]),
});

export const EvidenceQuery = z.strictObject({ ...Page, ...Filters, ...Period });
export const DependencyList = listOf(DependencyItem);
export const FlowList = listOf(FlowItem);
