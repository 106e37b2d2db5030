import { z } from "zod";
import { listOf, Page, Period, Time, Total } from "./common.ts";

export const FirewallOptions = z.strictObject({
  ...Period,
  mode: z.enum(["exact"]).default("exact"),
  scope: z.enum(["cross-zone", "all"]).default("cross-zone"),
  view: z.enum(["current"]).default("current"),
});

const Endpoint = z.object({ name: z.string(), addresses: z.array(z.string()) });
const Service = z.object({
  protocol: z.enum(["tcp", "udp"]),
  fromPort: z.int(),
  toPort: z.int(),
  name: z.string().optional(),
});

export const RuleItem = z.object({
  id: z.string(),
  sourceZone: z.string(),
  destinationZone: z.string(),
  sources: z.array(Endpoint),
  destinations: z.array(Endpoint),
  services: z.array(Service),
  purpose: z.string(),
  overPermission: z.int(),
  evidence: z.object({
    flows: z.int(),
    connections: Total,
    firstSeen: Time,
    lastSeen: Time,
    days: z.int(),
    ends: z.object({ client: z.int(), server: z.int(), both: z.int() }),
  }),
});
export const RuleQuery = z.strictObject({ ...Page, ...FirewallOptions.shape });
export const RuleList = listOf(RuleItem);

export const Matrix = z.object({
  zonesAreSegments: z.boolean(),
  zones: z.array(z.string()),
  cells: z.array(
    z.object({
      sourceZone: z.string(),
      destinationZone: z.string(),
      rules: z.int(),
      dependencies: z.int(),
      connections: Total,
    }),
  ),
  unzoned: z.int(),
});
