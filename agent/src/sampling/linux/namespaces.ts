import { readdirSync, readlinkSync } from "node:fs";
import { networkInterfaces } from "node:os";
import { parseCgroup } from "./parse-cgroup.ts";
import { isDenied, type ProcFileReader, unlessUnreadable } from "./read-proc-file.ts";

/** Own addresses are read again at most this often. */
const ADDRESSES_LIFE_MS = 5000;
/** To look at each process costs about 5 ms a thousand. */
const OTHERS_LIFE_MS = 30_000;
/** Enough of a container's id to tell it apart, and what its tools show. */
const SHORT_ID = 12;
/** include/linux/proc_ns.h, PROC_PID_INIT_INO: the number of the kernel's first pid namespace. */
const FIRST_PIDS = "pid:[4026531836]";

/** Another network namespace, with a process in it through which its sockets can be read. */
interface OtherNamespace {
  pid: number;
  /** What its sockets are told apart by: the container's short id, else the namespace's number. */
  scope: string;
}

/** Tells what belongs to the agent's own network namespace, and what to others of this host. */
export interface Namespaces {
  /** False in a container that has pids of its own: there a number that the kernel tells is another process's. */
  seesKernelPids: boolean;
  /** Undefined where the process is gone or closed to this user. */
  isOwn(pid: number): boolean | undefined;
  /** Of a process in another namespace; undefined for the own one, and where it is not known. */
  scopeOf(pid: number): string | undefined;
  hasAddress(address: string, at: number): boolean;
  /** @param again not as of up to 30 s ago, but of now */
  others(at: number, again?: boolean): readonly OtherNamespace[];
  /** False where processes could not be looked at: then there may be others. */
  seesAll(at: number): boolean;
}

export function createNamespaces(procRoot: string, files: ProcFileReader): Namespaces {
  const namespaceOf = (pid: string): string | undefined =>
    unlessUnreadable(() => readlinkSync(`${procRoot}/${pid}/ns/net`));
  const own = namespaceOf("self");
  let addresses = new Set<string>();
  let readAt = Number.NEGATIVE_INFINITY;
  let others: OtherNamespace[] = [];
  let scopes = new Map<string, string>();
  let seesAll = false;
  let lookedAt = Number.NEGATIVE_INFINITY;

  function scopeName(pid: string, namespace: string): string {
    const cgroup = unlessUnreadable(() => parseCgroup(files.read(`${procRoot}/${pid}/cgroup`)));
    return cgroup?.containerId?.slice(0, SHORT_ID) ?? `netns-${namespace.replaceAll(/\D/g, "")}`;
  }

  function look(at: number): void {
    // Either way, as the clock may have been set back.
    if (Math.abs(at - lookedAt) <= OTHERS_LIFE_MS) return;
    lookedAt = at;
    others = [];
    scopes = new Map();
    const entries = unlessUnreadable(() => readdirSync(procRoot));
    seesAll = own !== undefined && entries !== undefined;
    for (const pid of entries ?? []) {
      if (!/^[1-9]\d*$/.test(pid)) continue;
      try {
        const namespace = readlinkSync(`${procRoot}/${pid}/ns/net`);
        if (namespace === own || scopes.has(namespace)) continue;
        const scope = scopeName(pid, namespace);
        scopes.set(namespace, scope);
        others.push({ pid: Number(pid), scope });
      } catch (error) {
        // Anything else than a missing privilege means that the process ended meanwhile. A host's first process, which some
        // systems close even to root, is in no container.
        if (isDenied(error) && pid !== "1") seesAll = false;
      }
    }
  }

  return {
    seesKernelPids: unlessUnreadable(() => readlinkSync(`${procRoot}/self/ns/pid`)) === FIRST_PIDS,
    isOwn(pid) {
      const namespace = own === undefined ? undefined : namespaceOf(String(pid));
      return namespace === undefined ? undefined : namespace === own;
    },
    scopeOf(pid) {
      const namespace = own === undefined ? undefined : namespaceOf(String(pid));
      if (namespace === undefined || namespace === own) return undefined;
      let scope = scopes.get(namespace);
      if (scope === undefined) scopes.set(namespace, (scope = scopeName(String(pid), namespace)));
      return scope;
    },
    hasAddress(address, at) {
      if (Math.abs(at - readAt) > ADDRESSES_LIFE_MS) {
        readAt = at;
        addresses = new Set(
          Object.values(networkInterfaces()).flatMap((all) => (all ?? []).map((entry) => entry.address)),
        );
      }
      return addresses.has(address);
    },
    others(at, again = false) {
      if (again) lookedAt = Number.NEGATIVE_INFINITY;
      look(at);
      return others;
    },
    seesAll(at) {
      look(at);
      return seesAll;
    },
  };
}
