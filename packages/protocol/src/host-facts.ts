import { z } from "zod";
import { AddressDependency } from "./directory.ts";
import { Count, IpAddress, Name } from "./primitives.ts";
import { Software } from "./software.ts";

const Interface = z.object({
  name: Name,
  mac: z.string().max(64).optional(),
  /** True for loopback and for bridges that exist only inside the host. */
  hostLocal: z.boolean(),
  addresses: z.array(z.object({ address: IpAddress, prefix: z.int().min(0).max(128) })).max(256),
  /** Whether the IPv4 address comes from DHCP; absent where nobody knows. */
  dhcp: z.boolean().optional(),
  /** Those that this interface is configured with; absent where they belong to no interface. */
  dnsServers: z.array(IpAddress).max(64).optional(),
});

const Disk = z.object({
  mount: z.string().max(1024),
  device: z.string().max(1024).optional(),
  fileSystem: Name.optional(),
  sizeBytes: Count,
  usedBytes: Count,
});

/** Facts about a host, sent when they changed, daily, and when asked for. */
export const HostFacts = z.object({
  hostname: Name,
  fqdn: Name.optional(),
  /** /etc/machine-id or the registry's MachineGuid. */
  machineId: Name.optional(),
  smbiosUuid: Name.optional(),
  os: z.object({
    family: z.enum(["linux", "windows"]),
    name: Name,
    version: z.string().max(255).optional(),
    /** Windows: build and update revision, such as 20348.2700. */
    build: z.string().max(255).optional(),
    edition: Name.optional(),
    role: z.enum(["workstation", "server", "domain-controller"]).optional(),
    kernel: z.string().max(255).optional(),
    architecture: Name,
  }),
  cpu: z.object({ model: z.string().max(255).optional(), cores: Count, logicalCores: Count }),
  memoryBytes: Count,
  disks: z.array(Disk).max(512),
  interfaces: z.array(Interface).max(1024),
  /** Hypervisor or container runtime the host runs under; absent when it looks like bare metal. */
  virtualisation: Name.optional(),
  /** What on this host names an address, and may break when it or its peer moves. */
  dependenciesOnAddress: z.array(AddressDependency).max(10_000).optional(),
  /** Absent: nobody looked. Empty: none that is known was found. */
  software: z.array(Software).max(1024).optional(),
  /** Facts that could not be read, and why: what is absent without standing here does not exist. */
  unread: z
    .array(z.object({ fact: Name, reason: z.string().min(1).max(1024) }))
    .max(256)
    .optional(),
});
export type HostFacts = z.infer<typeof HostFacts>;

/** Facts whose lists are still to be checked one by one. */
export const ReceivedHostFacts = HostFacts.extend({
  software: z.array(z.unknown()).max(1024).optional(),
  dependenciesOnAddress: z.unknown().optional(),
});
