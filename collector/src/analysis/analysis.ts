import type { CoverageSummary } from "@portolan/export";
import {
  buildDependencies,
  createZoneIndex,
  detectSharedServices,
  segmentsOf,
  suggestGroups,
  unmanagedHosts,
  type Dependency,
  type Host,
  type MoveGroup,
  type Segment,
  type SharedService,
  type Zone,
  type ZoneMatch,
} from "@portolan/graph";
import type { Storage, StoredHost, StoredListener } from "../storage/storage.ts";
import { summariseCoverage } from "./coverage.ts";
import { isOwnTraffic } from "./own-traffic.ts";
import type { Period } from "./period.ts";

/** Everything derived from one revision of the evidence. Times are milliseconds since 1970 UTC. */
export interface Analysis {
  revision: number;
  asOf: number;
  hosts: StoredHost[];
  /** Known hosts and, behind them, the peers that nobody knows. */
  allHosts: (StoredHost | Host)[];
  listeners: StoredListener[];
  dependencies: Dependency[];
  zones: Zone[];
  segments: Segment[];
  zoneOf: (address: string, site: string) => ZoneMatch | undefined;
  shared: SharedService[];
  groups: MoveGroup[];
  coverage: CoverageSummary;
  window: { from: number; to: number };
  simulated: boolean;
}

/** Reads the evidence of a period (all of it without one) and derives dependencies, zones and groups from it. */
export async function analyse(storage: Storage, now: number, period: Period = {}): Promise<Analysis> {
  const revision = await storage.revision();
  const [hosts, listeners, flows, zones, coverage, agents] = await Promise.all([
    storage.listHosts(),
    storage.listListeners(),
    storage.listFlows(period),
    storage.readZones(),
    storage.listCoverage(),
    storage.listAgents(),
  ]);
  const dependencies = buildDependencies({ flows, hosts, listeners });
  const segments = segmentsOf(hosts);
  const telling = dependencies.filter((dependency) => !isOwnTraffic(dependency));
  const shared = detectSharedServices(telling, hosts);
  let from = Infinity;
  let to = -Infinity;
  for (const dependency of dependencies) {
    from = Math.min(from, dependency.firstSeen);
    to = Math.max(to, dependency.lastSeen);
  }
  return {
    revision,
    asOf: now,
    hosts,
    allHosts: [...hosts, ...unmanagedHosts(dependencies)],
    listeners,
    dependencies,
    zones: zones.value,
    segments,
    zoneOf: createZoneIndex(zones.value, segments).zoneOf,
    shared,
    groups: suggestGroups(telling, hosts, shared),
    coverage: summariseCoverage(hosts, coverage, agents),
    window: dependencies.length > 0 ? { from, to } : { from: now, to: now },
    simulated: hosts.some((host) => host.simulated),
  };
}
