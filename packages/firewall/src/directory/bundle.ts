import {
  AD_PORTS,
  type AdPort,
  adPortOf,
  byText,
  DYNAMIC_RPC,
  endpointId,
  type Host,
  sortedText,
  stableId,
} from "@portolan/graph";
import type { SeenCell, ZonePair } from "../cells.ts";
import { endpointsOf, ownersOf, ruleService } from "../endpoints.ts";
import { evidenceOf } from "../evidence.ts";
import { purposeOf } from "../purpose.ts";
import type { Bundle, BundleBlindness, BundleMember, BundlePort, Rule, RuleEndpoint } from "../types.ts";
import { blindnessOf, type End } from "./blindness.ts";
import type { BundlePart, DirectoryTraffic } from "./bundle-cells.ts";
import { rpcOf } from "./rpc-advice.ts";

/** A bundle before its rules have their ids. */
export type DraftBundle = Omit<Bundle, "rules">;

const portsOf = ({ fromPort, toPort }: AdPort) => toPort - fromPort + 1;

function bundlePort(entry: AdPort, cells: readonly SeenCell[], blind: readonly BundleBlindness[]): BundlePort {
  const { protocol, fromPort, toPort, purpose } = entry;
  const own = cells.filter((cell) => cell.protocol === protocol && cell.port >= fromPort && cell.port <= toPort);
  const pairs = new Set(own.map(({ source, destination }) => `${source} ${destination}`));
  const seen = [...new Set(own.map(({ port }) => port))].sort((a, b) => a - b);
  const { name } = ruleService({ protocol, port: fromPort });
  const { connections, firstSeen, lastSeen } = evidenceOf(own.flatMap((cell) => cell.dependencies));
  return {
    protocol,
    fromPort,
    toPort,
    ...(entry === DYNAMIC_RPC ? { name: "rpc-dynamic" } : name !== undefined && { name }),
    purpose,
    mark: own.length > 0 ? "observed" : "required-but-not-seen",
    pairs: pairs.size,
    connections,
    ...(own.length > 0 && { firstSeen, lastSeen }),
    blindPairs: blind.find((one) => one.protocol === protocol)?.pairs ?? 0,
    ...(entry === DYNAMIC_RPC && { observedPorts: seen }),
  };
}

function membersOf(
  cells: readonly SeenCell[],
  traffic: DirectoryTraffic,
  hosts: ReadonlyMap<string, Host>,
): (BundleMember & End)[] {
  const members = new Map<string, BundleMember & End>();
  for (const dependency of cells.flatMap((cell) => cell.dependencies)) {
    const id = endpointId(dependency, "client");
    const because = traffic.memberOf(id);
    const name = hosts.get(id)?.name ?? dependency.clientAddress ?? id;
    if (because) members.set(id, { id, name, because });
  }
  return [...members.values()].sort((a, b) => byText(a.name, b.name) || byText(a.because, b.because));
}

/** What was seen of all that the whole would allow, also by who or what is no member's traffic. */
function usedWithin({ cells }: ZonePair, sources: ReadonlySet<string>, destinations: ReadonlySet<string>): SeenCell[] {
  return [...cells.values()].filter(
    ({ source, destination, protocol, port }) =>
      sources.has(source) && destinations.has(destination) && adPortOf(protocol, port) !== undefined,
  );
}

/** Known by an address: a name alone may be another name of one that is used. */
function unusedOf(
  { controllers, retired }: DirectoryTraffic,
  domain: string | undefined,
  used: readonly string[],
): RuleEndpoint[] {
  return [...controllers.values()]
    .filter(
      ({ id, addresses, domain: own }) =>
        own === domain && addresses.length > 0 && !used.includes(id) && !retired.has(id),
    )
    .map(({ name, addresses }) => ({ name, addresses: [...addresses] }))
    .sort((a, b) => byText(a.name, b.name) || byText(a.addresses.join(), b.addresses.join()));
}

/**
 * What members need of the controllers of one domain: everything seen, and the rest of Microsoft's list, each line marked.
 * Over-permission counts (member address, controller address, port) that the whole allows and nobody was seen to use.
 */
export function bundleOf(
  { domain, pair, within }: BundlePart,
  traffic: DirectoryTraffic,
  hosts: ReadonlyMap<string, Host>,
): DraftBundle {
  const cells = [...pair.cells.values()];
  const dependencies = cells.flatMap((cell) => cell.dependencies);
  const sources = sortedText(new Set(cells.map(({ source }) => source)));
  const destinations = sortedText(new Set(cells.map(({ destination }) => destination)));
  const { sourceZone, destinationZone } = pair;
  const pairs = sources.length * destinations.length;
  const used = usedWithin(within, new Set(sources), new Set(destinations));
  const ofRange = pairs * portsOf(DYNAMIC_RPC) - used.filter(({ port }) => port >= DYNAMIC_RPC.fromPort).length;
  const all = AD_PORTS.reduce((sum, entry) => sum + portsOf(entry), 0);
  const name = domain === undefined ? "Active Directory" : `Active Directory ${domain}`;
  const controllers = [...new Set(dependencies.map((dependency) => endpointId(dependency, "server")))];
  const overPermission = pairs * all - used.length;
  const members = membersOf(cells, traffic, hosts);
  const ends = controllers.map((id): End => ({ id, name: traffic.controllers.get(id)?.name ?? id }));
  const blind = blindnessOf(
    members,
    ends.sort((a, b) => byText(a.name, b.name)),
    traffic.blindTo,
  );
  const ports = AD_PORTS.map((entry) => bundlePort(entry, cells, blind));
  return {
    id: `B-${stableId([name, sourceZone, destinationZone].join("\n")).slice(0, 8)}`,
    name,
    ...(domain !== undefined && { domain }),
    sourceZone,
    destinationZone,
    sources: endpointsOf(sources, ownersOf(cells, "client", hosts)),
    destinations: endpointsOf(destinations, ownersOf(cells, "server", hosts)),
    members: members.map(({ name: member, because }) => ({ name: member, because })),
    ports,
    blind,
    rpc: rpcOf({ controllers, ports, pairs, overPermission, overPermissionOfRange: ofRange }, traffic),
    unusedControllers: domain === undefined ? [] : unusedOf(traffic, domain, controllers),
    overPermission,
    overPermissionOfRange: ofRange,
    evidence: evidenceOf(dependencies),
    purpose: purposeOf(dependencies),
  };
}

/** The bundle as one rule: every member to every controller on every port of the list. */
export function bundleRule(bundle: DraftBundle): Rule {
  const { name, sourceZone, destinationZone, sources, destinations, ports, overPermission, evidence, purpose } = bundle;
  const addresses = [sources, destinations].map((ends) =>
    ends
      .flatMap((end) => end.addresses)
      .sort()
      .join("\t"),
  );
  return {
    id: stableId([name, sourceZone, destinationZone, ...addresses].join("\n")),
    sourceZone,
    destinationZone,
    sources,
    destinations,
    services: ports.map(({ protocol, fromPort, toPort, name: service }) => ({
      protocol,
      fromPort,
      toPort,
      ...(service !== undefined && { name: service }),
    })),
    purpose: `${name}: ${purpose}`,
    overPermission,
    evidence,
    bundle: name,
  };
}
