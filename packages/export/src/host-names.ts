import type { Host, HostId } from "@portolan/graph";

/** Display names by host id: `name@site` only where two sites share a name (the graph has seen to that). */
export function hostNames(hosts: readonly Host[]): ReadonlyMap<HostId, string> {
  return new Map(hosts.map((host) => [host.id, host.name]));
}
