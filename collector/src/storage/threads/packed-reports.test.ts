import { expect, test } from "vitest";
import type { AcceptedFlow, AcceptedReport } from "../accepted-report.ts";
import { packReports, unpackReports } from "./packed-reports.ts";

/** Synthetic; every field that a flow may have, so that a new one fails here until it is packed too. */
const whole: Required<AcceptedFlow> = {
  protocol: "udp",
  direction: "unknown",
  localAddress: "10.0.0.1",
  remoteAddress: "2001:db8::/64",
  port: 0,
  localPort: 40_000,
  scope: "ns1",
  process: { name: "named", user: "bind" },
  guessed: true,
  folded: 1200,
  connections: Number.MAX_SAFE_INTEGER,
  failed: 2,
  bytesSent: 0,
  bytesReceived: 3e12,
  firstSeen: 1,
  lastSeen: 1.7e12,
  day: "2026-11-20",
  sources: ["conntrack", "proc-net"],
  countsAreExact: true,
};
const { localPort: _port, scope: _scope, process: _process, folded: _folded, ...rest } = whole;
const { bytesSent: _sent, bytesReceived: _received, ...least } = rest;

function report(number: number, flows: AcceptedFlow[]): AcceptedReport {
  return {
    agentId: "a1",
    epoch: "0123456789abcdef",
    number,
    contentHash: "hash",
    receivedAt: 5,
    skewMs: -3,
    agentVersion: "0.1.0",
    window: { from: 1, to: 2 },
    days: ["2026-11-20"],
    sources: [],
    listeners: [{ protocol: "tcp", address: "::", port: 443 }],
    flows,
  };
}

test("what a thread packs, the other unpacks as it was", () => {
  const other: AcceptedFlow = {
    ...least,
    protocol: "tcp",
    direction: "inbound",
    guessed: false,
    countsAreExact: false,
  };
  const reports = [report(1, [whole, other, { ...whole, direction: "outbound", sources: ["tracefs"] }]), report(2, [])];
  reports.push(report(3, [{ ...other, remoteAddress: "10.0.0.1", localAddress: "10.9.9.9" }]));
  // The clone is what a message port makes of it.
  expect(unpackReports(structuredClone(packReports(reports)))).toEqual(reports);
});
