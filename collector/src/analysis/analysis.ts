import { hostNames, type CoverageSummary } from "@portolan/export";
import {
  buildDependencies,
  createZoneIndex,
  detectSharedServices,
  segmentsOf,
  suggestGroups,
  suspectDependencies,
  unmanagedHosts,
  type Host,
  type HostId,
  type MoveGroup,
  type Segment,
  type SharedService,
  type SuspectedDependency,
  type Zone,
  type ZoneMatch,
} from "@portolan/graph";
import type { StoredHost, StoredListener } from "../storage/evidence.ts";
import type { Storage } from "../storage/storage.ts";
import { summariseCoverage } from "./coverage.ts";
import { directoryData, type DirectoryData } from "./directory-of.ts";
import {
  dependencyColumns,
  dependencyTable,
  rezoned,
  type DependencyColumns,
  type DependencyTable,
} from "./dependency-table.ts";
import { isOwnTraffic } from "./own-traffic.ts";
import { shared } from "./packed-rows.ts";
import type { Period } from "./period.ts";

/** What one revision of the evidence comes to, as plain data that goes from thread to thread. */
export interface AnalysisData extends DirectoryData {
  revision: number;
  /** When the evidence was read, and how long it took to make this of it. */
  asOf: number;
  tookMs: number;
  hosts: StoredHost[];
  /** Peers that nobody knows. */
  unmanaged: Host[];
  /** Zone of each host, known ones first: a position in zoneNames. */
  hostZones: Int32Array;
  zoneNames: (string | null)[];
  listeners: StoredListener[];
  dependencies: DependencyColumns;
  zones: Zone[];
  segments: Segment[];
  shared: SharedService[];
  groups: MoveGroup[];
  /** What flows alone suggest about addresses that hosts need. */
  suspected: SuspectedDependency[];
  coverage: CoverageSummary;
  window: { from: number; to: number };
  simulated: boolean;
}

/** Everything derived from one revision of the evidence. Times are milliseconds since 1970 UTC. */
export interface Analysis extends Omit<AnalysisData, "dependencies" | "hostZones" | "unmanaged"> {
  /** What it was made of, to hand on. */
  data: AnalysisData;
  /** Known hosts and, behind them, the peers that nobody knows. */
  allHosts: readonly (StoredHost | Host)[];
  dependencies: DependencyTable;
  /** Names of known hosts by id, as lists show them. */
  names: ReadonlyMap<HostId, string>;
  zoneOf: (address: string, site: string) => ZoneMatch | undefined;
  /** @param position in allHosts */
  zoneOfHost(position: number): string | null;
}

/** The analysis that the data are of. O(hosts). */
export function openAnalysis(data: AnalysisData): Analysis {
  const { dependencies, hostZones, unmanaged, ...rest } = data;
  return {
    ...rest,
    data,
    allHosts: [...data.hosts, ...unmanaged],
    dependencies: dependencyTable(dependencies),
    names: hostNames(data.hosts),
    zoneOf: createZoneIndex(data.zones, data.segments).zoneOf,
    zoneOfHost: (position) => data.zoneNames[hostZones[position] ?? -1] ?? null,
  };
}

/** Zone of a host: that of its first address which others can see. */
function zoneOfHost(host: Host, zoneOf: Analysis["zoneOf"]): string | null {
  for (const entry of host.addresses) {
    const zone = entry.hostLocal ? undefined : zoneOf(entry.address, host.site);
    if (zone) return zone.name;
  }
  return null;
}

function zonesOfHosts(
  hosts: readonly Host[],
  zoneOf: Analysis["zoneOf"],
): Pick<AnalysisData, "hostZones" | "zoneNames"> {
  const numbers = new Map<string | null, number>();
  const hostZones = shared(Int32Array, hosts.length);
  for (const [position, host] of hosts.entries()) {
    const name = zoneOfHost(host, zoneOf);
    const number = numbers.get(name) ?? numbers.size;
    numbers.set(name, number);
    hostZones[position] = number;
  }
  return { hostZones, zoneNames: [...numbers.keys()] };
}

/** The same evidence where other zones hold: revision and asOf stay what they were. O(hosts + dependencies). */
export async function rezone(storage: Storage, data: AnalysisData): Promise<AnalysisData> {
  const { value: zones } = await storage.readZones();
  const { zoneOf } = createZoneIndex(zones, data.segments);
  const hosts = [...data.hosts, ...data.unmanaged];
  return {
    ...data,
    zones,
    ...zonesOfHosts(hosts, zoneOf),
    dependencies: rezoned(data.dependencies, { hosts, zoneOf }),
  };
}

/** The items of a list that lets go of each as it is taken: of a million flows as few as can be are there at once. */
function* taking<Item>(list: Item[]): Generator<Item> {
  list.reverse();
  for (let item = list.pop(); item !== undefined; item = list.pop()) yield item;
}

/** Reads the evidence of a period (all of it without one) and derives dependencies, zones and groups from it. */
export async function analyse(storage: Storage, clock: () => number, period: Period = {}): Promise<AnalysisData> {
  const asOf = clock();
  const revision = await storage.revision();
  const [hosts, listeners, zones, coverage, agents, told] = await Promise.all([
    storage.listHosts(),
    storage.listListeners(),
    storage.readZones(),
    storage.listCoverage(),
    storage.listAgents(),
    storage.listDirectory(),
  ]);
  const dependencies = buildDependencies({ flows: taking(await storage.listFlows(period)), hosts, listeners });
  const segments = segmentsOf(hosts);
  const { zoneOf } = createZoneIndex(zones.value, segments);
  const telling = dependencies.filter((dependency) => !isOwnTraffic(dependency));
  const directory = directoryData({ hosts, directory: told, listeners, dependencies, segments });
  const sharedServices = detectSharedServices(telling, hosts, directory.controllers);
  const unmanaged = unmanagedHosts(dependencies);
  const allHosts = [...hosts, ...unmanaged];
  let from = Infinity;
  let to = -Infinity;
  for (const dependency of dependencies) {
    from = Math.min(from, dependency.firstSeen);
    to = Math.max(to, dependency.lastSeen);
  }
  const derived = {
    revision,
    asOf,
    hosts,
    unmanaged,
    ...zonesOfHosts(allHosts, zoneOf),
    listeners,
    dependencies: dependencyColumns({ dependencies, hosts: allHosts, zoneOf }),
    zones: zones.value,
    segments,
    ...directory,
    shared: sharedServices,
    groups: suggestGroups(telling, hosts, sharedServices),
    suspected: suspectDependencies(dependencies),
    coverage: summariseCoverage(hosts, coverage, agents),
    window: dependencies.length > 0 ? { from, to } : { from: asOf, to: asOf },
    simulated: hosts.some((host) => host.simulated),
  };
  return { ...derived, tookMs: clock() - asOf };
}
