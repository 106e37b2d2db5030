import type { Directory, Protocol } from "@portolan/protocol";
import type { Dependency, Host, HostId, ListenerEvidence, Segment } from "../types.ts";

/** What a host last told of its domain. */
export interface ToldDirectory {
  hostId: HostId;
  record: Directory;
}

export interface DirectoryInput {
  /** Managed and imported hosts. */
  hosts: readonly Host[];
  /** Further names of a host, such as its fully qualified one. */
  namesOf: (hostId: HostId) => readonly string[];
  directory: readonly ToldDirectory[];
  /** Those that are open. */
  listeners: readonly ListenerEvidence[];
  dependencies: readonly Dependency[];
  segments: readonly Segment[];
}

/** Why something is held to be a domain controller: it says so, its ports do, or members name it. */
export interface ControllerReason {
  by: "role" | "ports" | "members";
  text: string;
}

export interface Controller {
  /** A host's id, that of an unmanaged peer, or `named:` and the name of one that nobody was seen to call. */
  id: HostId;
  name: string;
  /** Sorted; empty where it is known by name only. */
  addresses: string[];
  /** DNS name of its domain in small letters, as it or its members say. */
  domain?: string;
  /** AD site, as it says itself. */
  site?: string;
  /** 0..1; from TRUSTED_CONTROLLER on it is treated as one. */
  confidence: number;
  reasons: ControllerReason[];
  /** Which hosts name it as theirs, and what told them; sorted by host. */
  namedBy: { host: HostId; sources: string[] }[];
}

export interface UsedService {
  protocol: Protocol;
  port: number;
  connections: number;
  lowerBound: boolean;
  /** Milliseconds since 1970 UTC. */
  firstSeen: number;
  lastSeen: number;
  /** Sorted labels of the client's processes. */
  processes: string[];
}

/** One host's flows to one controller, on ports of Microsoft's list. */
export interface ControllerUse {
  client: HostId;
  controller: HostId;
  /** Sorted by protocol and port. */
  services: UsedService[];
  /** Of all services, sorted. */
  processes: string[];
}

/** What is known of a client's membership: its own status, or that it never told. */
export type Membership = Directory["status"] | "not-reported";

/** Somebody who authenticates against a directory that he does not belong to, as far as is known. */
export interface DirectoryOutsider {
  client: HostId;
  membership: Exclude<Membership, "joined" | "broken">;
  controllers: HostId[];
  /** By which it authenticates: "tcp/389", sorted. */
  services: string[];
  /** Of these services alone: who asks the controller for names is another one mostly. */
  processes: string[];
}

/** An AD site as members report it. Its subnets stand in the directory, which nobody asked: these are where its members are. */
export interface DirectorySite {
  name: string;
  domains: string[];
  hosts: HostId[];
  controllers: HostId[];
  segments: { cidr: string; site: string }[];
}

/** Which AD sites the hosts of a segment say they are in: none covers it as far as is known where `sites` is empty. */
export interface SegmentSites {
  cidr: string;
  /** Portolan's site. */
  site: string;
  sites: { name: string; hosts: number }[];
  /** Joined hosts of the segment that named no site. */
  silent: number;
}

export interface DirectoryChart {
  controllers: Controller[];
  uses: ControllerUse[];
  outsiders: DirectoryOutsider[];
  sites: DirectorySite[];
  segments: SegmentSites[];
}
