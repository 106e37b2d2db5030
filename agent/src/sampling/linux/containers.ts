import { isLoopback } from "../loopback.ts";
import type { Observation } from "../sampler.ts";
import type { Namespaces } from "./namespaces.ts";
import type { ProcFileReader } from "./read-proc-file.ts";
import { readSocketTables } from "./socket-tables.ts";

/** TIME_WAIT lives 60 s; each reading makes the kernel walk its whole hash, some 14 ms a namespace. */
const READ_EVERY_MS = 25_000;

/** Sockets of the host's other network namespaces, each row with its scope; which address is in which. */
export function createContainerSockets(procRoot: string, namespaces: Namespaces, files: ProcFileReader) {
  let rows: Observation[] = [];
  let scopeByAddress = new Map<string, string>();
  let readAt = Number.NEGATIVE_INFINITY;

  function note(row: Observation, scope: string): void {
    row.scope = scope;
    const { localAddress } = row;
    if (localAddress !== "0.0.0.0" && localAddress !== "::" && !isLoopback(localAddress))
      scopeByAddress.set(localAddress, scope);
  }

  return {
    /** As of at most some 25 s ago: what was not read again is as it was. `isLast` asks for all, now. */
    observations(at: number, isLast: boolean): Observation[] {
      if (!isLast && Math.abs(at - readAt) < READ_EVERY_MS) return rows.map((row) => ({ ...row }));
      readAt = at;
      rows = [];
      scopeByAddress = new Map();
      for (const { pid, scope } of namespaces.others(at)) {
        const { observations } = readSocketTables(`${procRoot}/${pid}/net`, files);
        for (const row of observations) note(row, scope);
        rows = rows.concat(observations);
      }
      return rows;
    },
    /** Undefined for an address that no container was seen to use. */
    scopeOfAddress: (address: string) => scopeByAddress.get(address),
  };
}
