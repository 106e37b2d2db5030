import type { Dependency } from "@portolan/graph";
import { ApiError } from "../errors.ts";
import { invalidCursor } from "../plugins/page.ts";
import { siteDay } from "../ingest/site-day.ts";
import type { Analysis } from "./analysis.ts";
import type { Period } from "./period.ts";

export interface EvidenceFilter {
  /** Name, short name or id of a host, or an address. */
  host?: string | undefined;
  zone?: string | undefined;
  port?: number | undefined;
}

/** Position in allHosts of the host that a filter means; an unknown one is an error, never an empty list that looks like "nothing there". */
export function findHost(analysis: Analysis, wanted: string): number {
  const text = wanted.toLowerCase();
  const matching = (matches: (host: Analysis["allHosts"][number]) => boolean): number[] =>
    analysis.allHosts.flatMap((host, position) => (matches(host) ? [position] : []));
  const exact = matching((host) => host.id === wanted || host.name.toLowerCase() === text);
  const found =
    exact.length > 0
      ? exact
      : matching(
          (host) =>
            host.name.toLowerCase().split(/[.@]/, 1)[0] === text ||
            host.addresses.some((entry) => entry.address === text && !entry.hostLocal),
        );
  if (found.length === 1 && found[0] !== undefined) return found[0];
  const reason =
    found.length === 0
      ? "no host has this name, id or address"
      : `several hosts match: ${found.map((position) => analysis.allHosts[position]?.name).join(", ")}`;
  throw new ApiError("invalid_request", undefined, [{ path: "host", value: wanted, reason }]);
}

/** @throws ApiError when there is no such zone */
export function requireZone(analysis: Analysis, wanted: string): string {
  const names = new Set([
    ...analysis.zones.map((zone) => analysis.zoneOf(zone.cidr, zone.site)?.name ?? zone.name),
    ...analysis.zoneNames,
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

/** Positions in allHosts. */
function hostsServing(analysis: Analysis, port: number): Set<number> {
  const serving = analysis.dependencies.serversOn(port);
  const listening = new Set(analysis.listeners.filter((entry) => entry.port === port).map((entry) => entry.hostId));
  for (const [position, host] of analysis.hosts.entries()) if (listening.has(host.id)) serving.add(position);
  return serving;
}

/** Positions in allHosts. With a port: the hosts that serve on it. */
export function filterHosts(analysis: Analysis, filter: EvidenceFilter): number[] {
  const wanted = filter.host === undefined ? undefined : findHost(analysis, filter.host);
  const zone = filter.zone === undefined ? undefined : requireZone(analysis, filter.zone);
  const { port } = filter;
  const serving = port === undefined ? undefined : hostsServing(analysis, port);
  return [...analysis.allHosts.keys()].filter(
    (position) =>
      (wanted === undefined || position === wanted) &&
      (zone === undefined || analysis.zoneOfHost(position) === zone) &&
      (serving === undefined || serving.has(position)),
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

/** A page of the dependencies that touch the host or the zone at either end, at the server port. */
export function filterDependencies(
  analysis: Analysis,
  filter: EvidenceFilter,
  page: { limit: number; cursor?: string | undefined },
): { items: Dependency[]; nextCursor: string | null } {
  const host = filter.host === undefined ? undefined : findHost(analysis, filter.host);
  const zone = filter.zone === undefined ? undefined : requireZone(analysis, filter.zone);
  const found = analysis.dependencies.page({ host, zone, port: filter.port }, page.limit, page.cursor);
  if (!found) throw invalidCursor(page.cursor);
  return { items: found.items, nextCursor: found.hasMore ? (found.items.at(-1)?.id ?? null) : null };
}
