import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Estate } from "../estate.ts";
import { ACCEPTED_SUFFIX, type AcceptedRecord, type CallRecord, CALLS_SUFFIX } from "./call-log.ts";

/** One client and one port of one server, by the lab's own knowledge. */
export interface DependencyEnds {
  clientHost: string;
  clientAddress: string;
  serverHost: string;
  serverAddress: string;
  protocol: "tcp";
  serverPort: number;
}

/** What the programs of the lab really did between the two. */
export interface TrueDependency extends DependencyEnds {
  connections: number;
  closedByClient: number;
  closedByServer: number;
}

/** The truth of a run, from the callers' logs of the connections that they made; sorted by its key. */
export function readTruth(estate: Estate): TrueDependency[] {
  const truth = new Map<string, TrueDependency>();
  for (const record of readRecords<CallRecord>(estate, CALLS_SUFFIX)) {
    if (record.event === "failed") {
      continue;
    }
    const entry = entryOf(truth, estate, record);
    if (record.event === "opened") {
      entry.connections += 1;
    } else if (record.closedBy === "client") {
      entry.closedByClient += 1;
    } else {
      entry.closedByServer += 1;
    }
  }
  return [...truth.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, entry]) => entry);
}

/** `client > server` with addresses and port: one line for one dependency, to compare and to print. */
export function dependencyKey(dependency: DependencyEnds): string {
  const { clientHost, clientAddress, serverHost, serverAddress, protocol, serverPort } = dependency;
  return `${clientHost} ${clientAddress} > ${serverHost} ${serverAddress} ${protocol}/${serverPort}`;
}

/** Each connection as its two ends logged it, by address and port; equal lists mean that the lab's two witnesses agree. */
export function readWitnesses(estate: Estate): { callers: string[]; servers: string[] } {
  const opened = readRecords<CallRecord>(estate, CALLS_SUFFIX).filter((record) => record.event === "opened");
  return {
    callers: opened.map(fourTuple).sort(),
    servers: readRecords<AcceptedRecord>(estate, ACCEPTED_SUFFIX).map(fourTuple).sort(),
  };
}

function fourTuple(record: Omit<AcceptedRecord, "time" | "serverHost">): string {
  return `${record.clientAddress}:${record.clientPort} > ${record.serverAddress}:${record.serverPort}`;
}

function entryOf(
  truth: Map<string, TrueDependency>,
  estate: Estate,
  record: Exclude<CallRecord, { event: "failed" }>,
): TrueDependency {
  const { clientHost, clientAddress, serverAddress, serverPort } = record;
  const serverHost = serverAddress.startsWith("127.") ? clientHost : estate.hostOfAddress(serverAddress);
  if (serverHost === undefined) {
    throw new TypeError(`a call to ${serverAddress}, which no host of the lab owns`);
  }
  const fresh: TrueDependency = {
    clientHost,
    clientAddress,
    serverHost,
    serverAddress,
    protocol: "tcp",
    serverPort,
    connections: 0,
    closedByClient: 0,
    closedByServer: 0,
  };
  const key = dependencyKey(fresh);
  const entry = truth.get(key) ?? fresh;
  truth.set(key, entry);
  return entry;
}

function readRecords<R>(estate: Estate, suffix: string): R[] {
  const files = estate.hosts.flatMap((host) =>
    readdirSync(host.stateDir)
      .filter((name) => name.endsWith(suffix))
      .sort()
      .map((name) => join(host.stateDir, name)),
  );
  const lines = files.flatMap((file) => readFileSync(file, "utf8").split("\n"));
  return lines.filter((line) => line !== "").map((line) => JSON.parse(line) as R);
}
