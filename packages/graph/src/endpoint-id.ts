import type { Dependency, HostId } from "./types.ts";

/** The id under which an address that is no known host stands as an unmanaged host. */
export function unmanagedId(site: string, address: string): HostId {
  return `u:${site}:${address}`;
}

/** The host at one end of a dependency, or the id of the unmanaged host that its address stands for. */
export function endpointId(dependency: Dependency, end: "client" | "server"): HostId {
  const hostId = end === "client" ? dependency.clientHost : dependency.serverHost;
  const address = end === "client" ? dependency.clientAddress : dependency.serverAddress;
  return hostId ?? unmanagedId(dependency.site, address ?? "");
}
