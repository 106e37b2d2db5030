import type { HostId } from "@portolan/graph";
import type { StoredHost } from "../storage/evidence.ts";

/** Names that hosts give themselves: the short one and the full one, as far as their agents told. */
export function tellNames(hosts: readonly StoredHost[]): (hostId: HostId) => readonly string[] {
  const names = new Map(
    hosts.map((host) => [host.id, [host.facts?.hostname, host.facts?.fqdn].filter((name) => name !== undefined)]),
  );
  return (hostId) => names.get(hostId) ?? [];
}
