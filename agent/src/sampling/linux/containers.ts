import { isLoopback } from "../loopback.ts";
import type { Observation } from "../sampler.ts";
import type { Namespaces } from "./namespaces.ts";
import type { ProcFileReader } from "./read-proc-file.ts";
import { readSocketTables, type SocketTables } from "./socket-tables.ts";

/** TIME_WAIT lives 60 s; each reading makes the kernel walk its whole hash, some 14 ms a namespace. */
const READ_EVERY_MS = 25_000;

/** Sockets of the host's other network namespaces, each row with its scope; which address is in which. */
export function createContainerSockets(procRoot: string, namespaces: Namespaces, files: ProcFileReader) {
  let rows: Observation[] = [];
  let lost = 0;
  let scopeByAddress = new Map<string, string>();
  let readAt = Number.NEGATIVE_INFINITY;

  function note(row: Observation, scope: string): void {
    row.scope = scope;
    const { localAddress } = row;
    if (localAddress !== "0.0.0.0" && localAddress !== "::" && !isLoopback(localAddress))
      scopeByAddress.set(localAddress, scope);
  }

  /** False where the process by which a namespace is read ended, so that others of it were not found. */
  function readAll(at: number, again: boolean): boolean {
    rows = [];
    lost = 0;
    scopeByAddress = new Map();
    let isWhole = true;
    for (const { pid, scope } of namespaces.others(at, again)) {
      const tables = readSocketTables(`${procRoot}/${pid}/net`, files);
      if (tables.failures.length > 0) isWhole = false;
      for (const row of tables.observations) note(row, scope);
      rows = rows.concat(tables.observations);
      lost += tables.lost;
    }
    return isWhole;
  }

  return {
    /** As of at most some 25 s ago: what was not read again is as it was. `isLast` asks for all, now. */
    look(at: number, isLast: boolean): Pick<SocketTables, "observations" | "lost"> {
      if (!isLast && Math.abs(at - readAt) < READ_EVERY_MS)
        return { observations: rows.map((row) => ({ ...row })), lost: 0 };
      readAt = at;
      // Another process of the container may live: its connections would seem to end, and to begin anew.
      if (!readAll(at, false)) readAll(at, true);
      return { observations: rows, lost };
    },
    /** Undefined for an address that no container was seen to use. */
    scopeOfAddress: (address: string) => scopeByAddress.get(address),
  };
}
