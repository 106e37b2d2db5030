import { HostFacts } from "@portolan/protocol";
import { z } from "zod";
import { Filters, listOf, Page, Period, Time } from "./common.ts";

/** `managed` with an agent, `imported` from a file, `unmanaged` when known only as somebody's peer. */
export const HostItem = z.object({
  id: z.string(),
  name: z.string(),
  site: z.string(),
  kind: z.enum(["managed", "imported", "unmanaged"]),
  zone: z.string().nullable(),
  addresses: z.array(z.object({ address: z.string(), prefix: z.int().optional(), hostLocal: z.boolean() })),
  os: z.string().optional(),
  environment: z.string().optional(),
  notes: z.string().optional(),
  firstSeen: Time.optional(),
  lastSeen: Time.optional(),
  simulated: z.boolean().optional(),
  /** Since when it is said to be gone. */
  retiredAt: Time.optional(),
  /** Hosts that are one with this one. */
  mergedFrom: z.array(z.object({ id: z.string(), name: z.string() })).optional(),
  /** The host whose agent's identity this machine has too: a copy that runs beside it. */
  cloneOf: z.object({ id: z.string(), name: z.string() }).optional(),
});
export type HostItem = z.infer<typeof HostItem>;

export const HostDetail = HostItem.extend({ facts: HostFacts.optional() });

export const HostQuery = z.strictObject({
  ...Page,
  ...Filters,
  ...Period,
  kind: HostItem.shape.kind.optional(),
});
export const HostList = listOf(HostItem);

/** The host, by id, that the other is one with. */
export const MergeRequest = z.strictObject({ into: z.string().min(1).max(40) });
