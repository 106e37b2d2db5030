import type { Protocol } from "@portolan/protocol";
import type { Observation } from "../sampler.ts";
import { parseProcNet } from "./parse-proc-net.ts";
import { parseSockstat } from "./parse-sockstat.ts";
import { ProcFileError, type ProcFileReader, unlessUnreadable } from "./read-proc-file.ts";

export interface SocketTables {
  observations: Observation[];
  lost: number;
  /** Why a table that must be there could not be read. */
  failures: string[];
}

/** All sockets of one network namespace, from its `/proc/…/net` folder, in all states. */
export function readSocketTables(folder: string, files: ProcFileReader): SocketTables {
  const tables: SocketTables = { observations: [], lost: 0, failures: [] };

  function read(file: string, protocol: Protocol): void {
    try {
      const parsed = parseProcNet(files.read(`${folder}/${file}`), protocol);
      tables.observations = tables.observations.concat(parsed.observations);
      tables.lost += parsed.lost;
    } catch (error) {
      if (!(error instanceof ProcFileError)) throw error;
      // IPv6's tables are missing where it is switched off; IPv4's never are.
      if (!(file.endsWith("6") && error.kind === "missing")) tables.failures.push(error.message);
    }
  }

  read("tcp", "tcp");
  if (mayHoldIpv6Rows(folder, files, tables.observations)) read("tcp6", "tcp");
  read("udp", "udp");
  read("udp6", "udp");
  return tables;
}

/**
 * False only where no IPv6 socket stands and all that wait in TIME_WAIT are in IPv4's table. To read an empty tcp6
 * makes the kernel walk its whole hash of connections: 5 ms at 262,144 buckets, as much as 3,000 rows.
 */
function mayHoldIpv6Rows(folder: string, files: ProcFileReader, ipv4Rows: readonly Observation[]): boolean {
  const counters = unlessUnreadable(() => {
    const timeWait = parseSockstat(files.read(`${folder}/sockstat`), "TCP", "tw");
    const inUse = parseSockstat(files.read(`${folder}/sockstat6`), "TCP6", "inuse");
    return timeWait === undefined || inUse === undefined ? undefined : { timeWait, inUse };
  });
  if (counters === undefined || counters.inUse > 0) return true;
  let waiting = 0;
  for (const row of ipv4Rows) if (row.state === "time-wait") waiting++;
  return counters.timeWait > waiting;
}
