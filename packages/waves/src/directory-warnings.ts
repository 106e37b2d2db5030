import { byText, type HostId, sortedText } from "@portolan/graph";
import { newSubnets } from "./new-subnets.ts";
import { counted, named } from "./sentences.ts";
import type { AddressChange, MovingHost, PlanDirectory } from "./types.ts";

const NOTHING_COPIED =
  "; their data counts as 0 GB, because none of their disks is copied: what else they hold, such as shares, goes apart";

/** What is on which side when the hosts of a wave have moved. */
interface Sides {
  moving: readonly MovingHost[];
  /** Moved by now, or provided beforehand. */
  there: ReadonlySet<HostId>;
  moved: ReadonlySet<HostId>;
}

const hosts = (count: number) => counted(count, "host");

type User = { controllers?: readonly HostId[]; domain?: string };

/**
 * Controllers that would do for a user. A member's are those of its own domain, whatever it asks of others (a global
 * catalogue, a trusted domain), and those that it uses whose domain is not known. Of a domain without any, and of who is
 * no member: all of the domains of those that it uses, or these alone where no domain is known.
 */
function fitting({ controllers }: PlanDirectory, { controllers: used = [], domain: own }: User): HostId[] {
  const idsOf = (fits: (controller: PlanDirectory["controllers"][number]) => boolean) =>
    controllers.filter(fits).map(({ id }) => id);
  if (own !== undefined && controllers.some(({ domain }) => domain === own))
    return idsOf(({ id, domain }) => domain === own || (domain === undefined && used.includes(id)));
  const domains = new Set(controllers.flatMap(({ id, domain }) => (used.includes(id) && domain ? [domain] : [])));
  return idsOf(({ id, domain }) => used.includes(id) || (domain !== undefined && domains.has(domain)));
}

/** Users by the controllers that would do for them. */
function byControllers(directory: PlanDirectory, users: readonly MovingHost[]): Map<string, MovingHost[]> {
  return Map.groupBy(users, ({ id }) => fitting(directory, directory.users.get(id) ?? {}).join("\n"));
}

function leftBehind(directory: PlanDirectory, { moving, there }: Sides): string[] {
  const nameOf = new Map(directory.controllers.map(({ id, name }) => [id, name]));
  const users = moving.filter(({ id }) => directory.users.has(id));
  return [...byControllers(directory, users)]
    .sort(([a], [b]) => byText(a, b))
    .flatMap(([key, group]) => {
      const ids = key === "" ? [] : key.split("\n");
      if (ids.some((id) => there.has(id))) return [];
      const who = `${hosts(group.length)} (${named(group.map(({ name }) => name))})`;
      const unjoined = group.filter(({ id }) => directory.users.get(id)?.joined !== true).length;
      const but = unjoined > 0 ? `, ${unjoined} of them not known as joined,` : "";
      if (ids.length === 0) {
        return [`${who}: which domain controllers they use is not known; see that one is in reach before they move`];
      }
      const domains = sortedText(
        new Set(directory.controllers.flatMap(({ id, domain }) => (ids.includes(id) && domain ? [domain] : []))),
      );
      const of = domains.length > 0 ? ` of ${domains.join(", ")}` : "";
      return [
        `${who}${but} would leave their domain controllers behind (${named(ids.map((id) => nameOf.get(id) ?? id))}): promote a replica${of} on the other side before this wave (provideFirst names the controller that it stands for), or keep the ports of the Active Directory bundle open in between`,
      ];
    });
}

function withoutResolver(directory: PlanDirectory, { moving, there }: Sides): string[] {
  const groups = Map.groupBy(
    moving.filter(({ id }) => {
      const resolvers = directory.resolvers.get(id) ?? [];
      return resolvers.length > 0 && !resolvers.some((resolver) => there.has(resolver));
    }),
    ({ id }) => sortedText(directory.resolvers.get(id) ?? []).join("\n"),
  );
  const controllers = new Set(directory.controllers.map(({ id }) => id));
  return [...groups]
    .sort(([a], [b]) => byText(a, b))
    .map(([key, group]) => {
      const ids = key.split("\n");
      const replica = ids.some((id) => controllers.has(id)) ? " (a replica that serves DNS will do)" : "";
      const names = named(ids.map((id) => directory.names.get(id) ?? id));
      return `${hosts(group.length)} (${named(group.map(({ name }) => name))}) would leave their DNS resolvers behind (${names}): a resolver${replica} is needed on the other side`;
    });
}

function lastOfDomain(directory: PlanDirectory, { moving, moved }: Sides): string[] {
  const leaving = new Set(moving.map(({ id }) => id));
  const staying = [...directory.users.keys()]
    .filter((id) => !moved.has(id))
    .map((id) => ({ id, name: directory.names.get(id) ?? id }));
  return [...byControllers(directory, staying)]
    .sort(([a], [b]) => byText(a, b))
    .flatMap(([key, group]) => {
      const ids = key === "" ? [] : key.split("\n");
      if (!ids.some((id) => leaving.has(id)) || ids.some((id) => !moved.has(id))) return [];
      const names = named(ids.filter((id) => leaving.has(id)).map((id) => directory.names.get(id) ?? id));
      return [
        `no domain controller would be left for ${hosts(group.length)} (${named(group.map(({ name }) => name))}) that stay behind: keep ${names} until the last of them has moved`,
      ];
    });
}

function promotedAnew(directory: PlanDirectory, ids: ReadonlySet<HostId>, ofData = ""): string[] {
  const own = directory.controllers.filter(({ id }) => ids.has(id)).map(({ name }) => name);
  if (own.length === 0) return [];
  return [
    `${named(own)}: domain controllers are promoted anew on the other side and demoted here, never replicated or restored from an image, which would set their database back in time${ofData}`,
  ];
}

/** What is left when the plan's `retire` is switched off. */
export function withoutRetired(directory: PlanDirectory, names: readonly string[]): PlanDirectory {
  const isRetired = (id: HostId) => names.includes(directory.names.get(id) ?? id);
  return {
    ...directory,
    controllers: directory.controllers.filter(({ id }) => !isRetired(id)),
    users: new Map([...directory.users].filter(([id]) => !isRetired(id))),
  };
}

/** What becomes of Active Directory wave by wave; one list of sentences a wave, in the order of the waves. O(waves × users). */
export function directoryWarnings(
  waves: readonly (readonly MovingHost[])[],
  directory: PlanDirectory,
  providedFirst: readonly string[],
  changes?: readonly AddressChange[],
): string[][] {
  const provided = new Set(providedFirst);
  const there = new Set([...directory.names].filter(([, name]) => provided.has(name)).map(([id]) => id));
  const moved = new Set<HostId>();
  return waves.map((moving) => {
    for (const { id } of moving) moved.add(id);
    const sides: Sides = { moving, moved, there: new Set([...there, ...moved]) };
    return [
      ...leftBehind(directory, sides),
      ...withoutResolver(directory, sides),
      ...lastOfDomain(directory, sides),
      ...promotedAnew(directory, new Set(moving.map(({ id }) => id)), NOTHING_COPIED),
      ...newSubnets(directory, moving, changes),
    ];
  });
}

/** The same of controllers whose counterparts stand on the other side before the first wave. */
export function providedControllers(directory: PlanDirectory, providedFirst: readonly string[]): string[] {
  const ids = [...directory.names].filter(([, name]) => providedFirst.includes(name)).map(([id]) => id);
  return promotedAnew(directory, new Set(ids));
}
