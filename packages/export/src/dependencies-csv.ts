import type { Dependency, Host } from "@portolan/graph";
import { csv } from "./csv.ts";
import type { CsvValue } from "./csv.ts";
import { hostNames } from "./host-names.ts";
import { rfc3339 } from "./text.ts";

const HEADER = [
  "client",
  "client_address",
  "client_processes",
  "server",
  "server_address",
  "server_processes",
  "protocol",
  "port",
  "client_port",
  "connections",
  "lower_bound",
  "failed",
  "bytes_sent",
  "bytes_received",
  "first_seen",
  "last_seen",
  "days",
  "ends",
  "sources",
  "direction",
  "folded",
];

function* rows(dependencies: readonly Dependency[], hosts: readonly Host[]): Generator<CsvValue[]> {
  const names = hostNames(hosts);
  for (const dependency of dependencies) {
    yield [
      dependency.clientHost === undefined ? undefined : names.get(dependency.clientHost),
      dependency.clientAddress,
      dependency.clientProcesses.join("; "),
      dependency.serverHost === undefined ? undefined : names.get(dependency.serverHost),
      dependency.serverAddress,
      dependency.serverProcesses.join("; "),
      dependency.protocol,
      dependency.serverPort,
      dependency.clientPort,
      dependency.connections,
      dependency.lowerBound,
      dependency.failed,
      dependency.bytesSent,
      dependency.bytesReceived,
      rfc3339(dependency.firstSeen),
      rfc3339(dependency.lastSeen),
      dependency.days.length,
      dependency.ends,
      dependency.sources.join("; "),
      dependency.direction,
      dependency.folded,
    ];
  }
}

/** The dependencies, one a line, in the given order. `client` and `server` are empty where the end is unmanaged. */
export function dependenciesCsv(dependencies: readonly Dependency[], hosts: readonly Host[]): Generator<string> {
  return csv(HEADER, rows(dependencies, hosts));
}
