import { expect, test } from "vitest";
import { addressRow, type ListedAddressDependency } from "./address-row.ts";

/** SYNTHETIC: an engine that calls another. */
const flows: NonNullable<ListedAddressDependency["flows"]> = [
  {
    kind: "linked-server",
    client: "h1",
    server: "h2",
    serverAddresses: ["10.0.0.2"],
    place: "db02:1433",
    protocol: "tcp",
    port: 1433,
    clientProcesses: ["sqlservr.exe"],
    serverProcesses: [],
    confidence: 0.25,
    reasons: ["sqlservr.exe calls tcp/1433", "may also be replication"],
    connections: 3,
    lowerBound: true,
    failed: 2,
    firstSeen: 0,
    lastSeen: 60_000,
    ends: "client",
    sources: ["proc-net", "ss"],
  },
];
const item: ListedAddressDependency = {
  hostId: "h1",
  kind: "linked-server",
  holder: "sqlservr.exe",
  target: "db02:1433",
  source: "flows, tcp",
  firstSeen: 0,
  lastSeen: 60_000,
  current: true,
  suspected: true,
  flows,
};
const SEEN =
  "flows to db02:1433 tcp: at least 3 connections, 2 failed, 1970-01-01T00:00:00.000Z to 1970-01-01T00:01:00.000Z, seen from the client's end (proc-net, ss)";

test("what flows alone suggest has a question mark, its reasons, and its flows for evidence", () => {
  expect(addressRow(item, "db01")).toEqual({
    part: "address",
    subject: "db01",
    what: "sqlservr.exe",
    state: "linked-server?",
    detail: [
      "db02:1433",
      "suspected from flows, confidence 0.25",
      "sqlservr.exe calls tcp/1433",
      "may also be replication",
    ],
    firstSeen: 0,
    lastSeen: 60_000,
    evidence: [SEEN],
  });
});

test("what a file says names its import, and the flows that agree stand beside it", () => {
  const told = { ...item, holder: "SQL Server ERP, linked server X", source: "sys.servers", importId: "i-1" };
  expect(addressRow({ ...told, suspected: false }, "db01")).toMatchObject({
    state: "linked-server",
    detail: ["db02:1433"],
    evidence: ["sys.servers, import i-1", SEEN],
  });
  const { flows: _flows, ...gone } = { ...told, suspected: false, current: false };
  expect(addressRow(gone, "db01")).toMatchObject({
    state: "linked-server, no longer",
    evidence: ["sys.servers, import i-1"],
  });
});
