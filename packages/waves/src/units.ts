import { byText, type HostId } from "@portolan/graph";
import { PlanConfigError } from "./errors.ts";
import type { PlanConfig, PlannedGroup } from "./types.ts";

type PlannedHost = PlannedGroup["hosts"][number];

/** What goes into a wave undivided: one group, or several that `together` joins. */
export interface Unit {
  /** Sorted ids and names of its groups. */
  groups: string[];
  names: string[];
  hosts: PlannedHost[];
  servers: number;
  dataGB: number;
  /** Also of those that have nothing to copy. */
  onDisksGB: number;
}

export interface Units {
  units: Unit[];
  /** Positions in `units` that must not share a wave. */
  apart: [number, number][];
  warnings: string[];
}

type NamedHosts = ReadonlyMap<string, { group: PlannedGroup; id: HostId }>;

const REMOVALS = {
  stay: "stays and is in no wave",
  retire: "is retired and is in no wave",
  provideFirst:
    "is provided on the other side before the first wave and is in no wave; what its group alone ties to it costs nothing",
} as const;

/**
 * Applies `stay`, `retire`, `provideFirst`, `together` and `apart` to the groups. A group is never split: two hosts that
 * should be apart in one group stay together, with a warning.
 * @throws PlanConfigError for a host that no group has, or one that two keys want differently.
 */
export function makeUnits(groups: readonly PlannedGroup[], config: PlanConfig): Units {
  const named: NamedHosts = new Map(
    groups.flatMap((group) => group.hosts.map((host) => [host.name, { group, id: host.id }] as const)),
  );
  const removed = removedHosts(named, config);
  const warnings = [...removed].map(([name, key]) => `${name} ${REMOVALS[key]}`);
  const leader = new Map(groups.map((group) => [group.id, group.id]));
  for (const [index, names] of config.together.entries()) {
    const members = presentHosts(`together[${index}]`, names, named, removed, warnings);
    const [first] = members;
    for (const { group } of members) if (first) join(leader, first.group.id, group.id);
  }

  const byLeader = new Map<string, PlannedGroup[]>();
  for (const group of groups) {
    const id = find(leader, group.id);
    byLeader.set(id, [...(byLeader.get(id) ?? []), group]);
  }
  const units = [...byLeader.values()].map((members) => newUnit(members, removed)).filter((unit) => unit.servers > 0);
  units.sort((a, b) => byText(a.groups[0] ?? "", b.groups[0] ?? ""));

  const positions = new Map(units.flatMap((unit, position) => unit.groups.map((group) => [group, position] as const)));
  const apart: [number, number][] = [];
  for (const [index, names] of config.apart.entries()) {
    const key = `apart[${index}]`;
    const members = presentHosts(key, names, named, removed, warnings);
    for (const [at, one] of members.entries()) {
      for (const other of members.slice(at + 1)) {
        if (one.group.id === other.group.id) {
          warnings.push(
            `${one.name} and ${other.name} should be apart, but belong to the group ${one.group.name}: not split`,
          );
        } else if (find(leader, one.group.id) === find(leader, other.group.id)) {
          throw new PlanConfigError(key, `${one.name}, ${other.name}`, "hosts that together does not join");
        } else apart.push([positions.get(one.group.id) ?? -1, positions.get(other.group.id) ?? -1]);
      }
    }
  }
  return { units, apart, warnings };
}

function removedHosts(named: NamedHosts, config: PlanConfig): Map<string, keyof typeof REMOVALS> {
  const removed = new Map<string, keyof typeof REMOVALS>();
  for (const key of ["stay", "retire", "provideFirst"] as const) {
    for (const [index, name] of config[key].entries()) {
      checkKnown(`${key}[${index}]`, name, named);
      const other = removed.get(name);
      if (other !== undefined && other !== key) {
        throw new PlanConfigError(`${key}[${index}]`, name, `a host that ${other} does not name too`);
      }
      removed.set(name, key);
    }
  }
  return removed;
}

function presentHosts(
  key: string,
  names: readonly string[],
  named: NamedHosts,
  removed: ReadonlyMap<string, string>,
  warnings: string[],
): { name: string; group: PlannedGroup }[] {
  return [...new Set(names)].flatMap((name, index) => {
    const { group } = checkKnown(`${key}[${index}]`, name, named);
    const taken = removed.get(name);
    if (taken === undefined) return [{ name, group }];
    warnings.push(`${key}: ${name} is left out, for ${taken} names it`);
    return [];
  });
}

function checkKnown(key: string, name: string, named: NamedHosts): { group: PlannedGroup } {
  const host = named.get(name);
  if (!host) throw new PlanConfigError(key, name, "the name of a managed or imported host");
  return host;
}

function newUnit(members: readonly PlannedGroup[], removed: ReadonlyMap<string, unknown>): Unit {
  const present = members.filter((group) => group.hosts.some((host) => !removed.has(host.name)));
  const hosts = present.flatMap((group) => group.hosts.filter((host) => !removed.has(host.name)));
  return {
    groups: present.map((group) => group.id).sort(byText),
    names: present.map((group) => group.name).sort(byText),
    hosts,
    servers: hosts.length,
    dataGB: totalGB(hosts),
    onDisksGB: sumGB(hosts.map((host) => host.onDisksGB ?? host.dataGB ?? 0)),
  };
}

/** Whole megabytes. */
export function roundGB(gigabytes: number): number {
  return Math.round(gigabytes * 1000) / 1000;
}

/** Whole megabytes, added as integers, so that the order of addition cannot show. */
export function totalGB(parts: readonly { dataGB?: number }[]): number {
  return sumGB(parts.map((part) => part.dataGB ?? 0));
}

/** The same of numbers. */
export function sumGB(parts: readonly number[]): number {
  return parts.reduce((sum, part) => sum + Math.round(part * 1000), 0) / 1000;
}

function find(leader: Map<string, string>, id: string): string {
  let current = id;
  for (let above = leader.get(current); above !== undefined && above !== current; above = leader.get(current)) {
    current = above;
  }
  return current;
}

function join(leader: Map<string, string>, a: string, b: string): void {
  leader.set(find(leader, b), find(leader, a));
}
