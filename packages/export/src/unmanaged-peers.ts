import type { Dependency, Host, HostId } from "@portolan/graph";
import { hostNames } from "./host-names.ts";
import { addressText, byCodeUnits } from "./text.ts";

/** An end of dependencies without an agent and in no file: known only as somebody's peer. */
export interface UnmanagedPeer {
  address: string;
  site: string;
  /** Such as "tcp/443 by web01", sorted. */
  serves: string[];
  /** Such as "tcp/5432 on db01", sorted. */
  uses: string[];
  dependencies: number;
  connections: number;
  firstSeen: number;
  lastSeen: number;
  /** Number of clients that the address, then a range, stands for. */
  folded?: number;
}

/** 10.0.0.9 comes before 10.0.0.10: people look addresses up by number. */
const sortable = (address: string) => address.replace(/\d+/g, (digits) => digits.padStart(5, "0"));

interface Gathering extends Omit<UnmanagedPeer, "serves" | "uses"> {
  serves: Set<string>;
  uses: Set<string>;
}

/** The unmanaged ends of the dependencies, a peer for each address of a site, sorted by site and address. */
export function unmanagedPeers(dependencies: readonly Dependency[], hosts: readonly Host[]): UnmanagedPeer[] {
  const names = hostNames(hosts);
  const unmanaged = new Set(hosts.filter((host) => host.kind === "unmanaged").map((host) => host.id));
  const peers = new Map<string, Gathering>();

  const isPeer = (host: HostId | undefined) => host === undefined || unmanaged.has(host);
  const label = (host: HostId | undefined, address: string | undefined) =>
    (host === undefined ? undefined : names.get(host)) ?? addressText(address ?? "unknown");

  function peer(address: string, dependency: Dependency): Gathering {
    const key = `${dependency.site}\n${address}`;
    let found = peers.get(key);
    if (found === undefined) {
      const { site, firstSeen, lastSeen } = dependency;
      found = {
        address,
        site,
        firstSeen,
        lastSeen,
        dependencies: 0,
        connections: 0,
        serves: new Set(),
        uses: new Set(),
      };
      peers.set(key, found);
    }
    found.dependencies += 1;
    found.connections += dependency.connections;
    found.firstSeen = Math.min(found.firstSeen, dependency.firstSeen);
    found.lastSeen = Math.max(found.lastSeen, dependency.lastSeen);
    return found;
  }

  for (const dependency of dependencies) {
    const { clientAddress, serverAddress, clientHost, serverHost, folded } = dependency;
    const service = `${dependency.protocol}/${dependency.serverPort}`;
    if (isPeer(clientHost) && clientAddress !== undefined) {
      const client = peer(clientAddress, dependency);
      client.uses.add(`${service} on ${label(serverHost, serverAddress)}`);
      if (folded !== undefined) client.folded = Math.max(client.folded ?? 0, folded);
    }
    if (isPeer(serverHost) && serverAddress !== undefined) {
      peer(serverAddress, dependency).serves.add(`${service} by ${label(clientHost, clientAddress)}`);
    }
  }
  return Array.from(peers.values(), ({ serves, uses, ...found }) => ({
    ...found,
    serves: [...serves].sort(byCodeUnits),
    uses: [...uses].sort(byCodeUnits),
  })).sort((a, b) => byCodeUnits(a.site, b.site) || byCodeUnits(sortable(a.address), sortable(b.address)));
}
