import {
  createAddressIndex,
  createZoneIndex,
  type Dependency,
  endpointId,
  type Host,
  segmentsOf,
  type ZoneIndex,
} from "@portolan/graph";
import type { Protocol } from "@portolan/protocol";
import type { LeftOut, RuleInput } from "./types.ts";

/** One (client address, server address, service) that was seen, with the dependencies that showed it. */
export interface SeenCell {
  /** With prefix: "10.1.2.3/32", or the range into which clients were folded. */
  source: string;
  destination: string;
  protocol: Protocol;
  port: number;
  dependencies: Dependency[];
}

/** All cells between two zones, by {@link cellText}. */
export interface ZonePair {
  sourceZone: string;
  destinationZone: string;
  cells: Map<string, SeenCell>;
  dependencies: number;
  connections: number;
}

export interface SeenCells {
  pairs: ZonePair[];
  leftOut: LeftOut[];
}

/**
 * Sorts the dependencies by zone pair. Every dependency between two hosts lands in a cell or is left out with a reason;
 * what stays on one host passes no firewall and is neither. O(dependencies).
 */
export function collectCells({ dependencies, hosts, zones }: Omit<RuleInput, "scope">): SeenCells {
  const hostById = new Map(hosts.map((host) => [host.id, host]));
  const { isHostLocal } = createAddressIndex(hosts);
  const { zoneOf } = createZoneIndex(zones, segmentsOf(hosts.filter((host) => host.kind !== "unmanaged")));
  const pairs = new Map<string, ZonePair>();
  const leftOut: LeftOut[] = [];
  for (const dependency of dependencies) {
    if (endpointId(dependency, "client") === endpointId(dependency, "server")) continue;
    const { clientAddress, serverAddress, clientHost, serverHost, direction } = dependency;
    const leaveOut = (reason: LeftOut["reason"]): void => {
      leftOut.push(describeLeftOut(dependency, reason, hostById));
    };
    if (neverSucceeded(dependency)) leaveOut("never-succeeded");
    else if (dependency.serverPort === 0) leaveOut("port-unknown");
    else if (direction === "unknown") leaveOut("direction-unknown");
    else if (clientAddress === undefined || serverAddress === undefined) leaveOut("no-address");
    else if (isHostLocal(clientAddress, clientHost) || isHostLocal(serverAddress, serverHost)) {
      leaveOut("host-local-address");
    } else {
      const sourceZone = zoneOfEnd(clientAddress, clientHost, dependency, hostById, zoneOf);
      const destinationZone = zoneOfEnd(serverAddress, serverHost, dependency, hostById, zoneOf);
      if (sourceZone === undefined || destinationZone === undefined) leaveOut("no-zone");
      else addCell(pairs, sourceZone, destinationZone, clientAddress, serverAddress, dependency);
    }
  }
  return { pairs: [...pairs.values()], leftOut };
}

/**
 * Attempts that nobody answered: a firewall blocks them today, or a scanner made them. Asking to allow them is a person's decision.
 * Where connections were counted before the period, one may have stood all through it (a pool to a database): 0 new
 * ones then prove nothing, and a missing rule would cut it.
 */
function neverSucceeded({ connections, failed, ends, connectedBefore }: Dependency): boolean {
  return connections === 0 && failed > 0 && ends === "client" && connectedBefore !== true;
}

/** What makes two cells the same, and what a rule's expansion is compared by. */
export function cellText(source: string, destination: string, protocol: Protocol, port: number): string {
  return `${source} ${destination} ${protocol}/${port}`;
}

function addCell(
  pairs: Map<string, ZonePair>,
  sourceZone: string,
  destinationZone: string,
  clientAddress: string,
  serverAddress: string,
  dependency: Dependency,
): void {
  const key = `${sourceZone}\n${destinationZone}`;
  let pair = pairs.get(key);
  if (!pair) {
    pairs.set(key, (pair = { sourceZone, destinationZone, cells: new Map(), dependencies: 0, connections: 0 }));
  }
  const { protocol, serverPort: port } = dependency;
  const source = withPrefix(clientAddress);
  const destination = withPrefix(serverAddress);
  const text = cellText(source, destination, protocol, port);
  const cell = pair.cells.get(text);
  if (cell) cell.dependencies.push(dependency);
  else pair.cells.set(text, { source, destination, protocol, port, dependencies: [dependency] });
  pair.dependencies += 1;
  pair.connections += dependency.connections;
}

/** An address means what it means at its host's site; a peer that is no host lies at the observer's. */
function zoneOfEnd(
  address: string,
  hostId: string | undefined,
  dependency: Dependency,
  hostById: ReadonlyMap<string, Host>,
  zoneOf: ZoneIndex["zoneOf"],
): string | undefined {
  const site = hostId === undefined ? undefined : hostById.get(hostId)?.site;
  return zoneOf(address, site ?? dependency.site)?.name;
}

function withPrefix(address: string): string {
  if (address.includes("/")) return address;
  return address.includes(":") ? `${address}/128` : `${address}/32`;
}

function describeLeftOut(
  dependency: Dependency,
  reason: LeftOut["reason"],
  hostById: ReadonlyMap<string, Host>,
): LeftOut {
  const { id, clientHost, serverHost, clientAddress, serverAddress, protocol, serverPort } = dependency;
  const label = (hostId: string | undefined, address: string | undefined): string => {
    const name = hostId === undefined ? undefined : (hostById.get(hostId)?.name ?? hostId);
    return name ?? address ?? "?";
  };
  const client = label(clientHost, clientAddress);
  const server = label(serverHost, serverAddress);
  return { dependency: id, client, server, protocol, serverPort, reason };
}
