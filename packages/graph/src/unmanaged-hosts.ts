import { parseRange } from "./address-range.ts";
import { endpointId } from "./endpoint-id.ts";
import { byText } from "./order.ts";
import type { Dependency, Host, HostId } from "./types.ts";

/**
 * Everybody who is known only as a peer: one unmanaged host per site and address, named by the address, sorted by id.
 * A range into which clients were folded is one too, named by the range. O(dependencies).
 */
export function unmanagedHosts(dependencies: readonly Dependency[]): Host[] {
  const found = new Map<HostId, Host>();
  for (const dependency of dependencies) {
    for (const end of ["client", "server"] as const) {
      const hostId = end === "client" ? dependency.clientHost : dependency.serverHost;
      const address = end === "client" ? dependency.clientAddress : dependency.serverAddress;
      if (hostId !== undefined || address === undefined) continue;
      const id = endpointId(dependency, end);
      if (!found.has(id)) found.set(id, unmanagedHost(id, dependency.site, address));
    }
  }
  return [...found.values()].sort((a, b) => byText(a.id, b.id));
}

function unmanagedHost(id: HostId, site: string, name: string): Host {
  const [address = name] = name.split("/");
  const prefix = name.includes("/") ? parseRange(name)?.length : undefined;
  return {
    id,
    name,
    site,
    kind: "unmanaged",
    addresses: [{ address, ...(prefix !== undefined && { prefix }), hostLocal: false }],
  };
}
