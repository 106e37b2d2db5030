import type { Process, ReceivedFlow } from "@portolan/protocol";
import type { AcceptedFlow } from "../storage/accepted-report.ts";
import { normaliseAddress } from "./normalise-address.ts";
import { siteDay } from "./site-day.ts";

/** When it was seen, milliseconds since 1970 UTC. */
export interface SeenAt {
  firstSeen: number;
  lastSeen: number;
}

/** A checked flow as the storage keeps it. Assigned one by one: spreading what may be absent took twice the time. */
export function acceptFlow(
  flow: ReceivedFlow,
  { firstSeen, lastSeen }: SeenAt,
  process: Process | undefined,
  countsAreExact: boolean,
  timeZoneOfSite: string,
): AcceptedFlow {
  const accepted: AcceptedFlow = {
    protocol: flow.protocol,
    direction: flow.direction,
    localAddress: normaliseAddress(flow.localAddress),
    remoteAddress: normaliseAddress(flow.remoteAddress),
    port: flow.direction === "unknown" ? flow.remotePort : flow.serverPort,
    guessed: flow.direction !== "unknown" && (flow.guessed ?? false),
    connections: flow.connections,
    failed: flow.failed ?? 0,
    firstSeen,
    lastSeen,
    day: siteDay(lastSeen, timeZoneOfSite),
    sources: flow.sources,
    countsAreExact,
  };
  if (flow.direction === "unknown") accepted.localPort = flow.localPort;
  if (flow.scope !== undefined) accepted.scope = flow.scope;
  if (process !== undefined) accepted.process = process;
  if (flow.folded !== undefined) accepted.folded = flow.folded;
  if (flow.bytesSent !== undefined) accepted.bytesSent = flow.bytesSent;
  if (flow.bytesReceived !== undefined) accepted.bytesReceived = flow.bytesReceived;
  return accepted;
}
