import type { Host, ListenerEvidence } from "@portolan/graph";
import type { HostFacts, Source } from "@portolan/protocol";

export interface StoredHost extends Host {
  facts?: HostFacts;
  environment?: string;
  notes?: string;
  agentId?: string;
  firstSeen?: number;
  lastSeen?: number;
  simulated?: boolean;
  /** Somebody said that it is gone, and its agent was not heard of since. */
  retiredAt?: number;
  /** Hosts that are one with this one; their evidence stands under this one. */
  mergedFrom?: { id: string; name: string }[];
  /** Id of the host whose agent's identity this machine has too. */
  cloneOf?: string;
}

export interface StoredListener extends ListenerEvidence {
  id: number;
  firstSeen: number;
  lastSeen: number;
  /** False once a whole list came without it. */
  open: boolean;
}

/** Evidence of one host: which days its reports span, and what its sources last said. */
export interface HostCoverage {
  hostId: string;
  days: string[];
  firstReport: number;
  lastReport: number;
  sources: (Source & { totalGapMs: number; totalLost: number })[];
}

/**
 * What a host did in an hour or a day, of the time in which it was measured (`ms`). `busyMs`: `ms` by the share of all
 * cores that were busy; peaks of CPU as that share, of bytes in use as bytes, of others as bytes per second.
 */
export interface LoadFigures {
  /** What it was measured within, milliseconds since 1970 UTC. */
  from: number;
  to: number;
  cpu?: { ms: number; busyMs: number; peak: number };
  /** Bytes in use: their sum over so many samples. */
  memory?: { samples: number; sum: number; peak: number };
  network?: { ms: number; bytesIn: number; bytesOut: number; peakIn: number; peakOut: number };
  volumes: {
    mount: string;
    written?: { ms: number; bytes: number; peak: number };
    used?: { samples: number; sum: number; peak: number };
  }[];
}

export interface HostLoad {
  hostId: string;
  day: string;
  /** Start of the hour; absent for a whole day. */
  hour?: number;
  figures: LoadFigures;
}
