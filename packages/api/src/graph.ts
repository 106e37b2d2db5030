import { z } from "zod";
import { listOf, Page, Time, Total } from "./common.ts";

export const GraphQuery = z.strictObject({
  level: z.enum(["host", "zone"]).default("host"),
  hideShared: z.stringbool().default(false),
});

/** For drawing: `revision` names the evidence it was built from, `asOf` when. */
export const GraphDocument = z.object({
  revision: z.int(),
  asOf: Time,
  level: z.enum(["host", "zone"]),
  nodes: z.array(
    z.object({
      id: z.string(),
      name: z.string(),
      kind: z.string(),
      site: z.string().optional(),
      zone: z.string().optional(),
      /** A shared service, suggested or confirmed. */
      shared: z.boolean().optional(),
      hosts: z.int().optional(),
      addresses: z.array(z.string()).optional(),
    }),
  ),
  edges: z.array(
    z.object({
      source: z.string(),
      target: z.string(),
      dependencies: z.int(),
      connections: Total,
      services: z.array(z.object({ protocol: z.enum(["tcp", "udp"]), port: z.int() })),
      firstSeen: Time,
      lastSeen: Time,
    }),
  ),
});

const Grouping = {
  confidence: z.number(),
  reasons: z.array(z.string()),
  source: z.enum(["suggested", "confirmed"]),
};

export const GroupItem = z.object({ id: z.string(), name: z.string(), hosts: z.array(z.string()), ...Grouping });
/** Few enough to come whole: one entry per move group. */
export const GroupList = z.object({ groups: z.array(GroupItem) });

export const SharedServiceItem = z.object({ host: z.string(), ...Grouping });
export const SharedServiceList = z.object({ items: z.array(SharedServiceItem), nextCursor: z.null() });

export const SegmentItem = z.object({ cidr: z.string(), site: z.string(), hosts: z.int() });
export const SegmentQuery = z.strictObject(Page);
export const SegmentList = listOf(SegmentItem);
