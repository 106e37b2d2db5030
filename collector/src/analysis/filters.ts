import { endpointId, type Dependency, type HostId } from "@portolan/graph";
import { ApiError } from "../errors.ts";
import { siteDay } from "../ingest/site-day.ts";
import type { Analysis } from "./analysis.ts";
import type { Period } from "./period.ts";

export interface EvidenceFilter {
  /** Name, short name or id of a host, or an address. */
  host?: string | undefined;
  zone?: string | undefined;
  port?: number | undefined;
}

/** The host that a filter means; an unknown one is an error, never an empty list that looks like "nothing there". */
export function findHost(analysis: Analysis, wanted: string): HostId {
  const text = wanted.toLowerCase();
  const exact = analysis.allHosts.filter((host) => host.id === wanted || host.name.toLowerCase() === text);
  const found =
    exact.length > 0
      ? exact
      : analysis.allHosts.filter(
          (host) =>
            host.name.toLowerCase().split(/[.@]/, 1)[0] === text ||
            host.addresses.some((entry) => entry.address === text && !entry.hostLocal),
        );
  if (found.length === 1 && found[0]) return found[0].id;
  const reason =
    found.length === 0
      ? "no host has this name, id or address"
      : `several hosts match: ${found.map((host) => host.name).join(", ")}`;
  throw new ApiError("invalid_request", undefined, [{ path: "host", value: wanted, reason }]);
}

/** Zone of a host: that of its first address which others can see. */
export function zoneOfHost(analysis: Analysis, host: Analysis["allHosts"][number]): string | null {
  for (const entry of host.addresses) {
    const zone = entry.hostLocal ? undefined : analysis.zoneOf(entry.address, host.site);
    if (zone) return zone.name;
  }
  return null;
}

function requireZone(analysis: Analysis, wanted: string): string {
  const names = new Set([
    ...analysis.zones.map((zone) => analysis.zoneOf(zone.cidr, zone.site)?.name ?? zone.name),
    ...analysis.allHosts.map((host) => zoneOfHost(analysis, host)),
  ]);
  if (names.has(wanted)) return wanted;
  const known = [...names]
    .filter((name) => name !== null)
    .sort()
    .slice(0, 20)
    .join(", ");
  throw new ApiError("invalid_request", undefined, [
    { path: "zone", value: wanted, reason: `there is no such zone; there are ${known || "none"}` },
  ]);
}

function hostsServing(analysis: Analysis, port: number): Set<HostId> {
  const servers = analysis.dependencies
    .filter((entry) => entry.serverPort === port)
    .map((entry) => endpointId(entry, "server"));
  const listening = analysis.listeners.filter((entry) => entry.port === port).map((entry) => entry.hostId);
  return new Set([...servers, ...listening]);
}

/** With a port: the hosts that serve on it. */
export function filterHosts(analysis: Analysis, filter: EvidenceFilter): Analysis["allHosts"] {
  const hostId = filter.host === undefined ? undefined : findHost(analysis, filter.host);
  const zone = filter.zone === undefined ? undefined : requireZone(analysis, filter.zone);
  const { port } = filter;
  const serving = port === undefined ? undefined : hostsServing(analysis, port);
  return analysis.allHosts.filter(
    (host) =>
      (hostId === undefined || host.id === hostId) &&
      (zone === undefined || zoneOfHost(analysis, host) === zone) &&
      (serving === undefined || serving.has(host.id)),
  );
}

/** Whether something stood on a day of the period; what has no times (an unmanaged peer, a host list) always did. */
export function stoodWithin(
  period: Period,
  timeZone: string,
  seen: { firstSeen?: number | undefined; lastSeen?: number | undefined },
): boolean {
  if (seen.firstSeen === undefined || seen.lastSeen === undefined) return true;
  if (period.since !== undefined && siteDay(seen.lastSeen, timeZone) < period.since) return false;
  return period.until === undefined || siteDay(seen.firstSeen, timeZone) <= period.until;
}

/** Dependencies that touch the host or the zone at either end, at the server port. */
export function filterDependencies(analysis: Analysis, filter: EvidenceFilter): Dependency[] {
  const hostId = filter.host === undefined ? undefined : findHost(analysis, filter.host);
  const zone = filter.zone === undefined ? undefined : requireZone(analysis, filter.zone);
  const siteOf = new Map(analysis.hosts.map((host) => [host.id, host.site]));
  const inZone = (address: string | undefined, host: HostId | undefined, site: string) =>
    address !== undefined && analysis.zoneOf(address, siteOf.get(host ?? "") ?? site)?.name === zone;
  return analysis.dependencies.filter((entry) => {
    if (filter.port !== undefined && entry.serverPort !== filter.port) return false;
    const { clientAddress, clientHost, serverAddress, serverHost, site } = entry;
    if (zone !== undefined && !inZone(clientAddress, clientHost, site) && !inZone(serverAddress, serverHost, site))
      return false;
    return hostId === undefined || endpointId(entry, "client") === hostId || endpointId(entry, "server") === hostId;
  });
}
