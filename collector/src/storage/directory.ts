import type { AddressDependency, Directory } from "@portolan/protocol";

/** What makes a change of a host's membership; the rest of a record may differ from look to look. */
export type DirectoryState = Pick<
  Directory,
  | "status"
  | "reason"
  | "method"
  | "role"
  | "realm"
  | "dnsDomain"
  | "forest"
  | "netbios"
  | "computerAccount"
  | "distinguishedName"
  | "site"
  | "entra"
>;

/** What a host last told of its domain. Times are those of its reports, milliseconds since 1970 UTC. */
export interface HostDirectory {
  hostId: string;
  record: Directory;
  /** Since when, and until when it was told in this state. */
  firstSeen: number;
  lastSeen: number;
  /** States before this one, the earliest first; at most the last 1,000. */
  earlier: { state: DirectoryState; firstSeen: number; lastSeen: number }[];
}

export interface StoredAddressDependency extends AddressDependency {
  hostId: string;
  /** The latest import that names it, where a list from a file does and no agent. */
  importId?: string;
  firstSeen: number;
  lastSeen: number;
  /** False once a whole list of the host came without it. */
  current: boolean;
}
