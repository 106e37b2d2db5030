import type { ControllerSocket } from "../directory-reader.ts";
import type { KeytabEntry } from "./parse-keytab.ts";
import type { SambaSettings } from "./parse-smb-conf.ts";
import type { OtherDomain, SssdDomain } from "./parse-sssd-conf.ts";

/** Whether a file could be read; `failed` is one that is there and can't be what it should be. */
export interface Reading {
  path: string;
  state: "read" | "missing" | "denied" | "failed";
  /** Why it was not read, or not whole. */
  reason?: string;
}

/** Third-party programs that join a host. */
type Joiner = "pbis" | "centrify" | "vas";

/** Everything on a Linux host that tells of its membership, read at one moment; no key and no password. */
export interface LinuxEvidence {
  hostName: string;
  /** Those that hold the host's own account. */
  keytabs: (Reading & { entries: KeytabEntry[] })[];
  /** Samba's secrets, by the names of its records only. */
  secrets: Reading & {
    /** Domains, by their short names, for which a machine password is kept. */
    domains: string[];
    /** The host holds the domain's database itself: it is a controller. */
    hasDomainDatabase: boolean;
  };
  samba: Reading & { settings?: SambaSettings };
  sssd: Reading & {
    /** Those of Active Directory. */
    domains: SssdDomain[];
    others: OtherDomain[];
  };
  kerberos: { path: string; defaultRealm?: string; servers: { realm: string; server: string }[] };
  kdcInfo: { path: string; realm: string; addresses: string[] }[];
  joiners: { method: Joiner; path: string; domain?: string }[];
  controllerSockets: readonly ControllerSocket[];
  /** Folders that hold more files than are read. */
  beyond: Reading[];
}
