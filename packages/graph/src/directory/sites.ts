import { byText, sortedText } from "../order.ts";
import type { HostId } from "../types.ts";
import { domainOf } from "./domain-of.ts";
import type { Controller, DirectoryInput, DirectorySite, SegmentSites } from "./types.ts";

type Input = Pick<DirectoryInput, "directory" | "segments">;

/** A site's name in the spelling of most of its hosts: AD knows no capitals, and sssd.conf is written by hand. */
function siteOfHosts({ directory }: Input): Map<HostId, string> {
  const told = directory.flatMap(({ hostId, record: { site } }) => (site === undefined ? [] : [{ hostId, site }]));
  const bySite = Map.groupBy(told, ({ site }) => site.toLowerCase());
  const spellings = new Map(
    [...bySite].map(([key, own]) => {
      const counts = Map.groupBy(own, ({ site }) => site);
      const [commonest] = [...counts].sort(([a, x], [b, y]) => y.length - x.length || byText(a, b));
      return [key, commonest?.[0] ?? key];
    }),
  );
  return new Map(told.map(({ hostId, site }) => [hostId, spellings.get(site.toLowerCase()) ?? site]));
}

/**
 * By domain: the forest that a member tells, else the shortest known domain that it is or is a child of. A forest of several
 * trees that nobody tells of counts as several.
 */
function forestOf({ directory }: Input): (domain: string) => string {
  const told = new Map<string, string>();
  const domains = new Set<string>();
  for (const { record } of directory) {
    const domain = domainOf(record);
    if (domain === undefined) continue;
    domains.add(domain);
    if (record.forest !== undefined) told.set(domain, record.forest.toLowerCase());
  }
  const roots = [...domains].sort((a, b) => a.length - b.length || byText(a, b));
  return (domain) => {
    const root = roots.find((one) => domain === one || domain.endsWith(`.${one}`)) ?? domain;
    return told.get(domain) ?? told.get(root) ?? root;
  };
}

/**
 * Sites as members report them, and where these members are; sites of one name in two forests are two. Sorted by name and
 * domains. O(hosts + domains² + segments × sites).
 */
export function directorySites(input: Input, controllers: readonly Controller[]): DirectorySite[] {
  const sites = siteOfHosts(input);
  const domains = new Map(input.directory.map(({ hostId, record }) => [hostId, domainOf(record)]));
  const forest = forestOf(input);
  const forestOfHost = (hostId: HostId) => forest(domains.get(hostId) ?? "");
  const groups = Map.groupBy(sites.keys(), (hostId) => JSON.stringify([sites.get(hostId), forestOfHost(hostId)]));
  return [...groups.values()]
    .map((hosts) => {
      const members = sortedText(hosts);
      const own = new Set(members);
      return {
        name: sites.get(members[0] ?? "") ?? "",
        domains: sortedText(new Set(members.flatMap((hostId) => domains.get(hostId) ?? []))),
        hosts: members,
        controllers: controllers.filter(({ id }) => own.has(id)).map(({ id }) => id),
        segments: input.segments
          .filter((segment) => segment.hosts.some((hostId) => own.has(hostId)))
          .map(({ cidr, site }) => ({ cidr, site })),
      };
    })
    .sort((a, b) => byText(a.name, b.name) || byText(a.domains.join(" "), b.domains.join(" ")));
}

/** The AD sites of each segment, by its hosts' words, in the order of the segments. O(hosts of all segments). */
export function segmentSites(input: Input): SegmentSites[] {
  const sites = siteOfHosts(input);
  const joined = new Set(
    input.directory.filter(({ record }) => record.status === "joined").map(({ hostId }) => hostId),
  );
  return input.segments.map(({ cidr, site, hosts }) => {
    const counts = new Map<string, number>();
    for (const hostId of hosts) {
      const name = sites.get(hostId);
      if (name !== undefined) counts.set(name, (counts.get(name) ?? 0) + 1);
    }
    const named = [...counts].map(([name, count]) => ({ name, hosts: count }));
    return {
      cidr,
      site,
      sites: named.sort((a, b) => b.hosts - a.hosts || byText(a.name, b.name)),
      silent: hosts.filter((hostId) => joined.has(hostId) && !sites.has(hostId)).length,
    };
  });
}
