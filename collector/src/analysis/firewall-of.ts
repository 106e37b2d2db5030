import type { FirewallDocument, ListedAddressDependency } from "@portolan/export";
import { deriveRules, type BundleForm, type Scope } from "@portolan/firewall";
import type { HostId } from "@portolan/graph";
import type { Analysis } from "./analysis.ts";
import { retiredHosts } from "./retired-hosts.ts";

export interface FirewallWish {
  scope: Scope;
  /** How members' traffic to domain controllers is asked for. */
  activeDirectory: BundleForm;
}

/**
 * What the firewall writers take, derived from an analysis; the rules were expanded and checked on the way.
 * @param addressDependencies for writers that list them
 */
export function firewallOf(
  analysis: Analysis,
  { scope, activeDirectory }: FirewallWish,
  now: number,
  addressDependencies: readonly ListedAddressDependency[] = [],
): FirewallDocument {
  const dependencies = analysis.dependencies.all();
  const ruleSet = deriveRules({
    dependencies,
    hosts: analysis.hosts,
    zones: analysis.zones,
    scope,
    activeDirectory: {
      controllers: analysis.controllers,
      uses: analysis.controllerUses,
      memberships: new Map(analysis.directory.map(({ hostId, record }) => [hostId, record.status])),
      listeners: analysis.listeners.filter(({ open }) => open),
      blindTo: blindnessOfHosts(analysis),
      retired: retiredHosts(analysis),
    },
    bundleForm: activeDirectory,
  });
  return {
    view: "current",
    mode: "exact",
    scope,
    generatedAt: now,
    asOf: analysis.asOf,
    window: analysis.window,
    simulated: analysis.simulated,
    ruleSet,
    dependencies,
    hosts: analysis.hosts,
    directory: {
      directory: analysis.directory,
      controllers: analysis.controllers,
      uses: analysis.controllerUses,
      outsiders: analysis.directoryOutsiders,
      retired: retiredHosts(analysis),
      segments: analysis.segmentSites,
      addressDependencies,
    },
    coverage: analysis.coverage,
  };
}

/** By host, of those that have a source that works: without one nobody watches, and what it can't see is everything. */
function blindnessOfHosts({ hosts, coverage }: Analysis): ReadonlyMap<HostId, ReadonlySet<string>> {
  const told = new Map(coverage.hosts.map((entry) => [entry.name, entry]));
  return new Map(
    hosts.flatMap(({ id, name }): [HostId, ReadonlySet<string>][] => {
      const entry = told.get(name);
      return entry === undefined || entry.sources.length === 0 ? [] : [[id, new Set(entry.blindTo)]];
    }),
  );
}
