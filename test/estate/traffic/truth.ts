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
  protocol: "tcp" | "udp";
  serverPort: number;
  /** Name of the container within which a loopback dependency lies. */
  container?: string;
}

/** What the programs of the lab really did between the two. */
export interface TrueDependency extends DependencyEnds {
  connections: number;
  closedByClient: number;
  closedByServer: number;
  resetByClient: number;
  resetByServer: number;
  /** Attempts that were refused or not answered. */
  failed: number;
  /** Of UDP: from a connected socket. */
  connected: number;
  /** Payload from the callers. */
  bytesSent: number;
  /** As the server's end saw it, which an address translation hides from the client's log. */
  translated?: true;
}

/** The truth of a run, from the callers' logs of the connections that they made; sorted by its key. */
export function readTruth(estate: Estate): TrueDependency[] {
  const truth = new Map<string, TrueDependency>();
  for (const record of readRecords<CallRecord>(estate, CALLS_SUFFIX)) {
    if (record.event === "failed") {
      const { clientHost: name } = record;
      const clientAddress = estate.container(name)?.address ?? estate.host(name).address;
      entryOf(truth, estate, { ...record, clientAddress }).failed += 1;
      continue;
    }
    const entry = entryOf(truth, estate, record);
    if (record.event === "opened") {
      entry.connections += 1;
      entry.bytesSent += record.bytes ?? 0;
      if (record.connected === true) entry.connected += 1;
    } else if (record.closedBy === "client") {
      if (record.reset) entry.resetByClient += 1;
      else entry.closedByClient += 1;
    } else if (record.reset) entry.resetByServer += 1;
    else entry.closedByServer += 1;
  }
  for (const record of acceptedUnseen(estate)) {
    const clientHost = estate.hostOfAddress(record.clientAddress) ?? "";
    const entry = entryOf(truth, estate, { ...record, clientHost });
    entry.connections += 1;
    entry.translated = true;
  }
  return [...truth.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, entry]) => entry);
}

/** What servers accepted and no caller's log shows with these addresses: they were translated on the way. */
function acceptedUnseen(estate: Estate): AcceptedRecord[] {
  const opened = readRecords<CallRecord>(estate, CALLS_SUFFIX).filter((record) => record.event === "opened");
  const seen = new Set(opened.map(fourTuple));
  return readRecords<AcceptedRecord>(estate, ACCEPTED_SUFFIX).filter((record) => !seen.has(fourTuple(record)));
}

/** `client > server` with addresses and port: one line for one dependency, to compare and to print. */
export function dependencyKey(dependency: DependencyEnds): string {
  const { clientHost, clientAddress, serverHost, serverAddress, protocol, serverPort } = dependency;
  const within = dependency.container === undefined ? "" : " in a container";
  return `${clientHost} ${clientAddress} > ${serverHost} ${serverAddress} ${protocol}/${serverPort}${within}`;
}

/**
 * Each connection as its two ends logged it, by address and port, those of translated addresses apart; equal lists mean
 * that the lab's two witnesses agree.
 */
export function readWitnesses(estate: Estate): { callers: string[]; servers: string[] } {
  const unseen = new Set(acceptedUnseen(estate).map(fourTuple));
  const accepted = readRecords<AcceptedRecord>(estate, ACCEPTED_SUFFIX).map(fourTuple);
  const isTranslated = ({
    clientHost,
    serverAddress,
    serverPort,
  }: {
    clientHost: string;
    serverAddress: string;
    serverPort: number;
  }): boolean =>
    !serverAddress.startsWith("127.") &&
    (estate.container(clientHost) !== undefined ||
      !accepted.some((text) => text.endsWith(`> ${serverAddress}:${serverPort}`)));
  const opened = readRecords<CallRecord>(estate, CALLS_SUFFIX).filter((record) => record.event === "opened");
  return {
    callers: opened
      .filter((record) => !isTranslated(record))
      .map(fourTuple)
      .sort(),
    servers: accepted.filter((text) => !unseen.has(text)).sort(),
  };
}

function fourTuple(record: Omit<AcceptedRecord, "time" | "serverHost">): string {
  return `${record.clientAddress}:${record.clientPort} > ${record.serverAddress}:${record.serverPort}`;
}

function entryOf(
  truth: Map<string, TrueDependency>,
  estate: Estate,
  record: Pick<AcceptedRecord, "clientAddress" | "serverAddress" | "serverPort" | "protocol"> & { clientHost: string },
): TrueDependency {
  const { clientAddress, serverAddress, serverPort, protocol = "tcp" } = record;
  const container = estate.container(record.clientHost);
  const clientHost = container?.host ?? record.clientHost;
  const serverHost = serverAddress.startsWith("127.") ? clientHost : estate.hostOfAddress(serverAddress);
  if (serverHost === undefined) {
    throw new TypeError(`a call to ${serverAddress}, which no host of the lab owns`);
  }
  const fresh: TrueDependency = {
    clientHost,
    clientAddress,
    serverHost,
    serverAddress,
    protocol,
    serverPort,
    ...(container !== undefined && serverAddress.startsWith("127.") && { container: container.name }),
    connections: 0,
    closedByClient: 0,
    closedByServer: 0,
    resetByClient: 0,
    resetByServer: 0,
    failed: 0,
    connected: 0,
    bytesSent: 0,
  };
  const key = dependencyKey(fresh);
  const entry = truth.get(key) ?? fresh;
  truth.set(key, entry);
  return entry;
}

/** Every line that programs of the lab logged in files that end so. */
export function readRecords<R>(estate: Estate, suffix: string): R[] {
  const files = estate.hosts.flatMap((host) =>
    readdirSync(host.stateDir)
      .filter((name) => name.endsWith(suffix))
      .sort()
      .map((name) => join(host.stateDir, name)),
  );
  const lines = files.flatMap((file) => readFileSync(file, "utf8").split("\n"));
  return lines.filter((line) => line !== "").map((line) => JSON.parse(line) as R);
}
