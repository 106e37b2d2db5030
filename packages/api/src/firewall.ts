import { z } from "zod";
import { listOf, Page, Period, Time, Total } from "./common.ts";

export const FirewallOptions = z.strictObject({
  ...Period,
  mode: z.enum(["exact"]).default("exact"),
  scope: z.enum(["cross-zone", "all"]).default("cross-zone"),
  view: z.enum(["current"]).default("current"),
  /** `bundle`: members' traffic to domain controllers as one rule of all ports that Microsoft lists, its over-permission counted. */
  activeDirectory: z.enum(["exact", "bundle"]).default("exact"),
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
  /** Name of the bundle that the rule stands for, or is part of. */
  bundle: z.string().optional(),
});
export const RuleQuery = z.strictObject({ ...Page, ...FirewallOptions.shape });
export const RuleList = listOf(RuleItem);

/** What members of a domain need of its controllers from one zone to another. */
export const BundleItem = z.object({
  ...RuleItem.omit({ services: true, bundle: true }).shape,
  name: z.string(),
  domain: z.string().optional(),
  members: z.array(z.object({ name: z.string(), because: z.enum(["reported", "kerberos-and-ldap"]) })),
  ports: z.array(
    Service.extend({
      purpose: z.string(),
      mark: z.enum(["observed", "required-but-not-seen"]),
      /** Pairs of member and controller address that were seen to use it. */
      pairs: z.int(),
      connections: Total,
      /** Absent where it was not seen. */
      firstSeen: Time.optional(),
      lastSeen: Time.optional(),
      /** Pairs of member and controller, as hosts, between which it may have been missed. */
      blindPairs: z.int(),
      observedPorts: z.array(z.int()).optional(),
    }),
  ),
  /** What may have been missed, as neither end has an agent that sees it; a protocol each. */
  blind: z.array(
    z.object({
      protocol: z.enum(["tcp", "udp"]),
      pairs: z.int(),
      of: z.int(),
      members: z.array(z.string()),
      controllers: z.array(z.string()),
      text: z.string(),
    }),
  ),
  rpc: z.object({
    joined: z.boolean(),
    listeners: z.array(z.object({ controller: z.string(), port: z.int(), process: z.string() })),
    advice: z.string(),
    ports: z.object({ now: z.int(), pinned: z.int() }),
    overPermission: z.object({ now: z.int(), pinned: z.int() }),
  }),
  /** Other controllers of the domain, to which these members may turn and were not seen to: no rule of it allows them. */
  unusedControllers: z.array(Endpoint),
  /** Ids of the rules that stand for it. */
  rules: z.array(z.string()),
  overPermissionOfRange: z.int(),
});
export const BundleList = listOf(BundleItem);

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
