import { z } from "zod";
import { Count, IpAddress, Name, Timestamp } from "./primitives.ts";

/** A name of the directory, a path or an address as text: longer than a host's name, never a secret. */
const Text = z.string().min(1).max(1024);

/**
 * `joined` needs evidence on the host itself, `broken` proof by a live probe. Without either it is `unknown` or
 * `not-joined`, never `broken`.
 */
const DirectoryStatus = z.enum(["joined", "not-joined", "broken", "unknown"]);

/** Why the status is not simply healthy, or why nobody can say. Absent where a probe found all well. */
const DirectoryReason = z.enum([
  "account-missing",
  "disabled",
  "stale-secret",
  "dc-unreachable",
  "no-privilege",
  "tool-missing",
  "not-verified",
]);

/** How the host was joined. */
const JoinMethod = z.enum(["windows", "samba-winbind", "sssd", "adcli-only", "pbis", "centrify", "vas"]);

/** `dc` is a controller itself; `standalone` belongs to no domain. */
const DirectoryRole = z.enum(["member", "dc", "standalone"]);

/** A controller that the host uses, by name, by address, or both; `source` says what told of it. */
const DomainController = z.object({ name: Name.optional(), address: IpAddress.optional(), source: Name });

/** An account under which something on the host runs; the name only. */
const ServiceAccount = z.object({
  /** The Windows service, IIS pool, scheduled task, systemd unit or keytab that uses it. */
  consumer: Text,
  account: Text,
  kind: z.enum(["domain", "gmsa", "machine", "local"]),
});

/** What was read, and where. Never a key, a password or the line of a file. */
const Evidence = z.object({
  /** A file, registry key, call or socket: `/etc/krb5.keytab`, `NetGetJoinInformation`. */
  source: Text,
  value: Text,
  /** Whether reading it took a privilege. */
  privileged: z.boolean(),
  /** Whether a controller confirmed it at `checkedAt`. */
  verifiedLive: z.boolean(),
});

/** Whether and how a host belongs to an Active Directory domain, with the evidence for each statement. */
export const Directory = z.object({
  status: DirectoryStatus,
  reason: DirectoryReason.optional(),
  /** What the reason is taken from, in words of the host: two joins at once, a file that is cut off. */
  detail: Text.optional(),
  method: JoinMethod.optional(),
  role: DirectoryRole.optional(),
  /** Kerberos realm, in capitals as a rule. */
  realm: Name.optional(),
  dnsDomain: Name.optional(),
  forest: Name.optional(),
  netbios: Name.optional(),
  /** The host's own account, such as `M1$`: a renamed host may keep its old one. */
  computerAccount: Name.optional(),
  distinguishedName: Text.optional(),
  domainControllers: z.array(DomainController).max(256),
  site: Name.optional(),
  /** When the computer account's secret was last changed, as far as the host knows. */
  secretChangedAt: Timestamp.optional(),
  entra: z.object({ state: z.enum(["none", "device", "workplace", "hybrid"]), tenantId: Name.optional() }).optional(),
  /** Service principal names. */
  spns: z.array(Text).max(1024),
  serviceAccounts: z.array(ServiceAccount).max(4096),
  evidence: z.array(Evidence).max(1024),
  checkedAt: Timestamp,
  /** Milliseconds that the live probe took; absent where none ran. */
  probeMs: Count.optional(),
});
export type Directory = z.infer<typeof Directory>;

/** Something on a host that names or needs an address, and may break when a server moves. */
export const AddressDependency = z.object({
  kind: z.enum([
    "dns-server",
    "dns-suffix",
    "hosts-file",
    "static-route",
    "odbc",
    "linked-server",
    "time-source",
    "file-share",
    "licence-service",
    "certificate",
    "mail-relay",
    "configuration-file",
  ]),
  /** The adapter, data source, file with line number, share or service that holds it; never the line itself. */
  holder: Text,
  /** The address, name, range, subject or relay that is meant. */
  target: Text,
  /** Of a certificate: when it ends. */
  validUntil: Timestamp.optional(),
  /** A file, registry key or call. */
  source: Text,
});
export type AddressDependency = z.infer<typeof AddressDependency>;
