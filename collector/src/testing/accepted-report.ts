import { PROTOCOL_VERSION } from "@portolan/protocol";
import { acceptReport } from "../ingest/accept-report.ts";
import type { AcceptContext, AcceptedOutcome } from "../ingest/accept-report.ts";

export const RECEIVED_AT = Date.parse("2026-11-20T15:00:10.000Z");
export const context = { receivedAt: RECEIVED_AT, timeZoneOfSite: "Asia/Seoul", agentId: "a1" };

export const syntheticFlow = {
  protocol: "tcp",
  direction: "inbound",
  localAddress: "10.0.0.1",
  remoteAddress: "10.0.0.2",
  serverPort: 443,
  process: 0,
  connections: 3,
  firstSeen: "2026-11-20T14:59:00.000Z",
  lastSeen: "2026-11-20T15:00:00.000Z",
  sources: ["proc-net"],
};
export const syntheticReport = {
  protocolVersion: PROTOCOL_VERSION,
  agent: { id: "a1", version: "0.1.0" },
  sequence: { epoch: "0123456789abcdef", number: 1 },
  window: { from: "2026-11-20T14:59:00.000Z", to: "2026-11-20T15:00:00.000Z" },
  sentAt: "2026-11-20T15:00:05.000Z",
  timeZone: "Asia/Seoul",
  sources: [{ name: "proc-net", ok: true, observations: 5, lost: 0, gapMs: 0, cpuMs: 1, blindTo: [] }],
  processes: [{ name: "nginx" }],
  flows: [syntheticFlow],
};

/** What the ingest makes of it. @throws what is wrong with its envelope */
export function accepted(body: unknown, more: Partial<AcceptContext> = {}): AcceptedOutcome & { ok: true } {
  const outcome = acceptReport(body, { ...context, ...more });
  if (!outcome.ok) throw new Error(JSON.stringify(outcome.issues));
  return outcome;
}

/** Of the synthetic report with the synthetic flow once for each of these changes. */
export function flowsOf(...changes: object[]) {
  return accepted({ ...syntheticReport, flows: changes.map((change) => Object.assign({}, syntheticFlow, change)) });
}
