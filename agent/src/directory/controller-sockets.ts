import type { Directory } from "@portolan/protocol";
import type { Observation } from "../sampling/sampler.ts";
import type { ControllerSocket } from "./directory-reader.ts";

/** Programs that stay connected to a controller on behalf of the whole host, and how such a host is joined. */
export const RESIDENTS: ReadonlyMap<string, NonNullable<Directory["method"]>> = new Map([
  ["winbindd", "samba-winbind"],
  ["sssd_be", "sssd"],
  ["lwsmd", "pbis"],
  ["adclient", "centrify"],
  ["vasd", "vas"],
  [".vasd", "vas"],
]);
/** Kerberos, RPC, LDAP, SMB, password change, LDAPS, global catalogue. */
const SERVED = new Set([88, 135, 389, 445, 464, 636, 3268, 3269]);
/** Dynamic RPC of a controller since 2008. */
const DYNAMIC_RPC = 49_152;
/** sssd lets an idle connection go after some minutes and opens it again when somebody asks. */
const REMEMBERED_MS = 3_600_000;
const MOST = 256;

/** Remembers for an hour which controllers the host's directory service talked to, as the samples show it; no question is asked. */
export function createControllerSockets() {
  const seenAt = new Map<string, { socket: ControllerSocket; at: number }>();
  return {
    /** @param at milliseconds since 1970 UTC */
    look(observations: readonly Observation[], at: number): void {
      for (const { state, process, remoteAddress: address, remotePort: port } of observations) {
        if (state !== "established" || process === undefined || !RESIDENTS.has(process.name)) continue;
        if (!SERVED.has(port) && port < DYNAMIC_RPC) continue;
        if (address.startsWith("127.") || address === "::1") continue;
        const key = `${process.name} ${address} ${port}`;
        if (seenAt.size >= MOST && !seenAt.has(key)) continue;
        seenAt.set(key, { socket: { process: process.name, address, port }, at });
      }
      for (const [key, { at: last }] of seenAt) if (Math.abs(at - last) > REMEMBERED_MS) seenAt.delete(key);
    },
    seen: (): ControllerSocket[] => [...seenAt.values()].map(({ socket }) => socket),
  };
}
