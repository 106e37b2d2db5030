import { createZoneIndex, type HostId } from "@portolan/graph";
import { counted, named } from "./sentences.ts";
import type { AddressChange, MovingHost, PlanDirectory } from "./types.ts";

const SITE = "";

/** The range that an address is taken to lie in, a /24 or /64: nobody knows the masks of the other side. */
function subnetOf(): (address: string) => string {
  const assumed = createZoneIndex([], []);
  return (address) => assumed.zoneOf(address, SITE)?.name ?? address;
}

/** Whether a member in a segment that holds the address names an AD site. */
function isCovered(segments: readonly string[]): (address: string) => boolean {
  if (segments.length === 0) return () => false;
  const covered = createZoneIndex(
    segments.map((cidr) => ({ name: cidr, cidr, site: SITE, kind: "servers" as const })),
    [],
  );
  return (address) => covered.zoneOf(address, SITE) !== undefined;
}

/**
 * New subnets of members and controllers in which no member names an AD site today, and those whose new addresses nobody gave. Which subnets a site
 * has stands in the directory, which nobody asked: where members are is all that is known, and the sentence says so.
 */
export function newSubnets(
  { coveredSegments, controllers, users }: PlanDirectory,
  moving: readonly MovingHost[],
  changes: readonly AddressChange[] | undefined,
): string[] {
  // A controller is promoted into a site: its subnet needs one as much.
  const anew = new Set(controllers.map(({ id }) => id));
  const members = moving.filter(({ id }) => anew.has(id) || users.get(id)?.joined === true);
  const given = Map.groupBy(changes ?? [], ({ host }) => host);
  const unknown = members.filter(({ id }) => !given.has(id)).length;
  const [subnet, covers] = [subnetOf(), isCovered(coveredSegments)];
  const uncovered = new Map<string, Set<HostId>>();
  for (const { id } of members) {
    for (const { newAddress } of given.get(id) ?? []) {
      if (covers(newAddress)) continue;
      const cidr = subnet(newAddress);
      uncovered.set(cidr, (uncovered.get(cidr) ?? new Set()).add(id));
    }
  }
  const list = [...uncovered].map(([cidr, own]) => `${cidr} with ${counted(own.size, "host")}`);
  return [
    ...(uncovered.size > 0
      ? [
          `no AD site that members report covers ${named(list)}: add the subnets to a site, or members there may use any controller (a site's subnets stand in the directory, which was not asked: known is only where members are that name their site)`,
        ]
      : []),
    ...(unknown > 0
      ? [
          `the addresses of ${counted(unknown, "host")} on the other side are not known: give every new subnet an AD site before they move, or they may use any controller`,
        ]
      : []),
  ];
}
