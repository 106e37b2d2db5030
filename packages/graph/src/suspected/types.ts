import type { Protocol } from "@portolan/protocol";
import type { Dependency, HostId } from "../types.ts";

/**
 * What flows suggest about a host that needs another's address, and nobody has said. Times are milliseconds since 1970
 * UTC. The counts are those of all that called the service from this host.
 */
export interface SuspectedDependency extends Pick<
  Dependency,
  "connections" | "lowerBound" | "failed" | "firstSeen" | "lastSeen" | "ends"
> {
  kind: "linked-server" | "licence-service";
  /** As endpointId makes it. */
  client: HostId;
  server: HostId;
  /** Sorted. */
  serverAddresses: string[];
  protocol: Protocol;
  port: number;
  /** Sorted labels: of the engines that call, or of all that call a licence service. */
  clientProcesses: string[];
  serverProcesses: string[];
  /** 0..1: a judgement, measured nowhere. */
  confidence: number;
  /** Why, and what else it may be. */
  reasons: string[];
  sources: string[];
}

/** What a single dependency gives reason to suspect. */
export type Suspicion = Pick<SuspectedDependency, "kind" | "clientProcesses" | "confidence" | "reasons">;
