import { readdirSync, readlinkSync } from "node:fs";
import { networkInterfaces } from "node:os";
import { unlessUnreadable } from "./read-proc-file.ts";

/** Own addresses are read again at most this often. */
const ADDRESSES_LIFE_MS = 5000;
/** To look at each process costs about 5 ms a thousand. */
const OTHERS_LIFE_MS = 60_000;

/** Tells what belongs to the agent's own network namespace. */
export interface OwnNamespace {
  /** Undefined where the process is gone or closed to this user. */
  holds(pid: number): boolean | undefined;
  hasAddress(address: string, at: number): boolean;
  /** True when no process that may be looked at is in another namespace. */
  isOnlyOne(at: number): boolean;
}

export function createOwnNamespace(procRoot: string): OwnNamespace {
  const namespaceOf = (pid: string): string | undefined =>
    unlessUnreadable(() => readlinkSync(`${procRoot}/${pid}/ns/net`));
  const own = namespaceOf("self");
  let addresses = new Set<string>();
  let readAt = Number.NEGATIVE_INFINITY;
  let isOnlyOne = false;
  let lookedAt = Number.NEGATIVE_INFINITY;
  return {
    holds(pid) {
      const namespace = own === undefined ? undefined : namespaceOf(String(pid));
      return namespace === undefined ? undefined : namespace === own;
    },
    hasAddress(address, at) {
      // Either way, as the clock may have been set back.
      if (Math.abs(at - readAt) > ADDRESSES_LIFE_MS) {
        readAt = at;
        addresses = new Set(
          Object.values(networkInterfaces()).flatMap((all) => (all ?? []).map((entry) => entry.address)),
        );
      }
      return addresses.has(address);
    },
    isOnlyOne(at) {
      if (Math.abs(at - lookedAt) > OTHERS_LIFE_MS) {
        lookedAt = at;
        const pids = readdirSync(procRoot).filter((name) => /^[1-9]\d*$/.test(name));
        isOnlyOne = own !== undefined && pids.every((pid) => (namespaceOf(pid) ?? own) === own);
      }
      return isOnlyOne;
    },
  };
}
