import { isLoopback } from "../loopback.ts";
import type { Observation } from "../sampler.ts";
import type { Namespaces } from "./namespaces.ts";
import type { ProcFileReader } from "./read-proc-file.ts";
import { readSocketTables } from "./socket-tables.ts";

/** TIME_WAIT lives 60 s; each reading makes the kernel walk its whole hash, some 14 ms a namespace. */
const READ_EVERY_MS = 25_000;

/** What a look at the containers gave. */
interface ContainerLook {
  observations: Observation[];
  lost: number;
  /** Why a table could not be read, by the namespace that it is of. */
  unread: ReadonlyMap<string, string>;
}

/** Sockets of the host's other network namespaces, each row with its scope; which address is in which. */
export function createContainerSockets(procRoot: string, namespaces: Namespaces, files: ProcFileReader) {
  let rows: Observation[] = [];
  let lost = 0;
  let unread = new Map<string, string>();
  let scopeByAddress = new Map<string, string>();
  let readAt = Number.NEGATIVE_INFINITY;

  function note(row: Observation, scope: string): void {
    row.scope = scope;
    const { localAddress } = row;
    if (localAddress !== "0.0.0.0" && localAddress !== "::" && !isLoopback(localAddress))
      scopeByAddress.set(localAddress, scope);
  }

  function readAll(at: number, again: boolean): void {
    rows = [];
    lost = 0;
    unread = new Map();
    scopeByAddress = new Map();
    for (const { pid, scope } of namespaces.others(at, again)) {
      const tables = readSocketTables(`${procRoot}/${pid}/net`, files);
      if (tables.failures.length > 0) unread.set(scope, tables.failures.join(", "));
      for (const row of tables.observations) note(row, scope);
      rows = rows.concat(tables.observations);
      lost += tables.lost;
    }
  }

  return {
    /** As of at most some 25 s ago: what was not read again is as it was. `isLast` asks for all, now. */
    look(at: number, isLast: boolean): ContainerLook {
      if (!isLast && Math.abs(at - readAt) < READ_EVERY_MS)
        return { observations: rows.map((row) => ({ ...row })), lost: 0, unread };
      readAt = at;
      readAll(at, false);
      // The process by which a namespace is read may have ended, and another of the container live.
      if (unread.size > 0) readAll(at, true);
      return { observations: rows, lost, unread };
    },
    /** Undefined for an address that no container was seen to use. */
    scopeOfAddress: (address: string) => scopeByAddress.get(address),
  };
}
