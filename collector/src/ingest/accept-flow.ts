import type { Flow, Process } from "@portolan/protocol";
import type { AcceptedFlow } from "../storage/storage.ts";
import { normaliseAddress } from "./normalise-address.ts";
import { siteDay } from "./site-day.ts";

/** Sources that are told of every connection; all others sample. */
const EVENT_SOURCES = new Set(["ss-events", "tracefs", "conntrack-events"]);

/** A checked flow as the storage keeps it. */
export function acceptFlow(flow: Flow, process: Process | undefined, timeZoneOfSite: string): AcceptedFlow {
  const lastSeen = Date.parse(flow.lastSeen);
  const ports =
    flow.direction === "unknown"
      ? { port: flow.remotePort, localPort: flow.localPort, guessed: false }
      : { port: flow.serverPort, guessed: flow.guessed ?? false };
  return {
    protocol: flow.protocol,
    direction: flow.direction,
    localAddress: normaliseAddress(flow.localAddress),
    remoteAddress: normaliseAddress(flow.remoteAddress),
    ...ports,
    ...(flow.scope !== undefined && { scope: flow.scope }),
    ...(process !== undefined && { process }),
    ...(flow.folded !== undefined && { folded: flow.folded }),
    connections: flow.connections,
    failed: flow.failed ?? 0,
    ...(flow.bytesSent !== undefined && { bytesSent: flow.bytesSent }),
    ...(flow.bytesReceived !== undefined && { bytesReceived: flow.bytesReceived }),
    firstSeen: Date.parse(flow.firstSeen),
    lastSeen,
    day: siteDay(lastSeen, timeZoneOfSite),
    sources: flow.sources,
    countsAreExact: flow.sources.some((source) => EVENT_SOURCES.has(source)),
  };
}
