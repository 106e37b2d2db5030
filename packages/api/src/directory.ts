import { AddressDependency, Directory } from "@portolan/protocol";
import { z } from "zod";
import { Filters, listOf, Page, Period, Time, Total } from "./common.ts";

const { domainControllers: _told, checkedAt: _checkedAt, status, ...told } = Directory.partial().shape;
const { reason, method, role, realm, dnsDomain, site } = told;

const Reason = z.object({ by: z.enum(["role", "ports", "members"]), text: z.string() });
const UsedService = z.object({
  protocol: z.enum(["tcp", "udp"]),
  port: z.int(),
  connections: Total,
  lowerBound: z.boolean(),
  firstSeen: Time,
  lastSeen: Time,
  processes: z.array(z.string()),
});

/** A host and the directory. `not-reported`: it never said, which is not the same as not joined. */
export const DirectoryItem = z.object({
  id: z.string(),
  host: z.string(),
  kind: z.enum(["managed", "imported", "unmanaged"]),
  zone: z.string().nullable(),
  /** Where a person said that the host is gone: what follows is what it told last. */
  retiredAt: Time.optional(),
  status: z.enum([...status.unwrap().options, "not-reported"]),
  ...told,
  checkedAt: Time.optional(),
  /** Since when, and until when it told this state. */
  firstSeen: Time.optional(),
  lastSeen: Time.optional(),
  /** States before this one, the latest ten, the earliest first. */
  earlier: z
    .array(
      z.object({
        status: status.unwrap(),
        reason,
        method,
        role,
        realm,
        dnsDomain,
        site,
        firstSeen: Time,
        lastSeen: Time,
      }),
    )
    .optional(),
  /** Of how many states; absent where there was one only. */
  states: z.int().optional(),
  /** Those that it names, and those that its flows go to on ports of Microsoft's list. */
  controllers: z.array(
    z.object({
      id: z.string(),
      name: z.string(),
      addresses: z.array(z.string()),
      /** What on the host named it; empty where only flows show it. */
      namedBy: z.array(z.string()),
      services: z.array(UsedService),
      processes: z.array(z.string()),
    }),
  ),
  /** Where it is held to be a controller itself. */
  controller: z.object({ confidence: z.number(), reasons: z.array(Reason) }).optional(),
  /** Where it speaks Kerberos or LDAP with a controller without being known as joined. */
  authenticates: z
    .object({ controllers: z.array(z.string()), services: z.array(z.string()), processes: z.array(z.string()) })
    .optional(),
});
export type DirectoryItem = z.infer<typeof DirectoryItem>;
export const DirectoryQuery = z.strictObject({
  ...Page,
  ...Filters,
  ...Period,
  status: DirectoryItem.shape.status.optional(),
});
export const DirectoryList = listOf(DirectoryItem);

export const ControllerItem = z.object({
  id: z.string(),
  name: z.string(),
  /** `named`: known from members' words alone. */
  kind: z.enum(["managed", "imported", "unmanaged", "named"]),
  addresses: z.array(z.string()),
  domain: z.string().optional(),
  /** AD site. */
  site: z.string().optional(),
  /** Below 0.5 it is a question and is treated as any other host. */
  confidence: z.number(),
  reasons: z.array(Reason),
  /** Hosts that name it, and hosts whose flows go to it. */
  members: z.int(),
  clients: z.int(),
});
export const ControllerQuery = z.strictObject({ ...Page, ...Period });
export const ControllerList = listOf(ControllerItem);

const SegmentName = z.object({ cidr: z.string(), site: z.string() });
/** An AD site as its members report it; `segments` are those that its members are in. */
export const DirectorySiteItem = z.object({
  id: z.string(),
  name: z.string(),
  domains: z.array(z.string()),
  hosts: z.array(z.string()),
  controllers: z.array(z.string()),
  segments: z.array(SegmentName),
});
/** Which AD sites the hosts of a segment name; none: no host of it named one. */
export const DirectorySegmentItem = z.object({
  id: z.string(),
  ...SegmentName.shape,
  sites: z.array(z.object({ name: z.string(), hosts: z.int() })),
  /** Joined hosts that named no site. */
  silent: z.int(),
});
export const DirectorySiteQuery = z.strictObject(Page);
export const DirectorySiteList = listOf(DirectorySiteItem);
export const DirectorySegmentList = listOf(DirectorySegmentItem);

/** Flows that suggest that a host needs an address, or agree with what was told. The counts are of all that called. */
const FlowsBehind = z.object({
  server: z.string(),
  serverAddresses: z.array(z.string()),
  protocol: z.enum(["tcp", "udp"]),
  port: z.int(),
  clientProcesses: z.array(z.string()),
  /** Empty where nobody knows what answers. */
  serverProcesses: z.array(z.string()),
  connections: Total,
  lowerBound: z.boolean(),
  failed: Total,
  firstSeen: Time,
  lastSeen: Time,
  ends: z.enum(["client", "server", "both"]),
  sources: z.array(z.string()),
  /** 0..1, what the flows alone are worth: a judgement, not a measurement. */
  confidence: z.number(),
  /** Why, and what else it may be. */
  reasons: z.array(z.string()),
});

/** Something on a host that names or needs an address. */
export const AddressDependencyItem = AddressDependency.extend({
  id: z.string(),
  host: z.string(),
  /** False once a whole list of the host came without it. */
  current: z.boolean(),
  /** True where nobody told, and flows alone suggest it; false where an agent read it or a file says it. */
  suspected: z.boolean(),
  /** The import that says it, where a list from a file does and no agent. */
  importId: z.string().optional(),
  flows: z.array(FlowsBehind).optional(),
  firstSeen: Time,
  lastSeen: Time,
});
const { port: _port, ...HostFilters } = Filters;
export const AddressDependencyQuery = z.strictObject({
  ...Page,
  ...HostFilters,
  ...Period,
  kind: AddressDependency.shape.kind.optional(),
  suspected: z
    .enum(["true", "false"])
    .transform((text) => text === "true")
    .optional(),
});
export const AddressDependencyList = listOf(AddressDependencyItem);
