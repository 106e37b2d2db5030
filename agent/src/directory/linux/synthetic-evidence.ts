import type { LinuxEvidence } from "./evidence.ts";

const missing = (path: string) => ({ path, state: "missing" as const, reason: `${path}: ENOENT` });
/** For tests: a synthetic file that may not be read. */
export const denied = (path: string) => ({ path, state: "denied" as const, reason: `${path}: EACCES` });

/** For tests: a synthetic host on which nothing of a domain was found; more as given. */
export function syntheticEvidence(more: Partial<LinuxEvidence> = {}): LinuxEvidence {
  return {
    hostName: "m1",
    keytabs: [{ ...missing("/etc/krb5.keytab"), entries: [] }],
    secrets: { ...missing("/var/lib/samba/private/secrets.tdb"), domains: [], hasDomainDatabase: false },
    samba: missing("/etc/samba/smb.conf"),
    sssd: { ...missing("/etc/sssd/sssd.conf"), domains: [], others: [] },
    kerberos: { path: "/etc/krb5.conf", servers: [] },
    kdcInfo: [],
    joiners: [],
    controllerSockets: [],
    beyond: [],
    ...more,
  };
}

/** For tests: a synthetic keytab that could be read. */
export function heldKeytab(
  ...names: { name: string; realm?: string; keyVersion?: number }[]
): LinuxEvidence["keytabs"] {
  const entries = names.map((entry) => ({ realm: "CORP.EXAMPLE", keyVersion: 2, timestamp: 0, ...entry }));
  return [{ path: "/etc/krb5.keytab", state: "read", entries }];
}

/** For tests: the synthetic settings of a Samba member. */
export const MEMBER_SETTINGS = {
  isMember: true,
  isController: false,
  realm: "CORP.EXAMPLE",
  workgroup: "CORP",
  servers: ["DC3", "10.66.0.13", "not a name!"],
  isPartial: false,
};
