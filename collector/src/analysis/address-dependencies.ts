import { stableId, suspicionConfirmer, type HostId, type SuspectedDependency } from "@portolan/graph";
import type { ListedAddressDependency } from "@portolan/export";
import type { StoredAddressDependency } from "../storage/directory.ts";
import { lookedUpName } from "../linked-servers/parse-target.ts";
import { tellNames } from "./names-of-hosts.ts";
import type { Analysis } from "./analysis.ts";

/** Targets of one told item: its own, or what the agent read of the name that it is. */
function meantBy(item: StoredAddressDependency, told: readonly StoredAddressDependency[]): string[] {
  const name = lookedUpName(item.target)?.toLowerCase();
  if (name === undefined) return [item.target];
  return told
    .filter(({ kind, current, importId }) => current && importId === undefined && NAMING.has(kind))
    .filter(({ holder }) => holder.toLowerCase() === name)
    .map(({ target }) => target);
}

/** By which agents tell data sources and the names of tnsnames.ora. */
const NAMING: ReadonlySet<string> = new Set(["linked-server", "odbc"]);

/** A client's alias of SQL Server is no linked server: that an engine calls the same address confirms nothing. */
function mayBeConfirmed({ kind, current, importId }: StoredAddressDependency): boolean {
  return current && (importId !== undefined || kind === "licence-service");
}

function placeOf({ port }: SuspectedDependency, host: string): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}

const MOST_NAMED = 3;
/** All of them stand with the flows. */
function holderOf({ clientProcesses }: SuspectedDependency): string {
  if (clientProcesses.length === 0) return "a process that is not known";
  const more = clientProcesses.length > MOST_NAMED ? ` and ${clientProcesses.length - MOST_NAMED} more` : "";
  return clientProcesses.slice(0, MOST_NAMED).join(", ") + more;
}

/**
 * What was told beside what flows suggest: flows that agree with something told stand with it, the rest are items of their
 * own, marked as suspected, behind all that was told of the host. O(hosts + suspected) to prepare.
 */
export function addressDependencies(analysis: Analysis) {
  const { suspected, hosts, names, allHosts } = analysis;
  const byClient = Map.groupBy(suspected, ({ client }) => client);
  const unmanaged = new Map(allHosts.slice(hosts.length).map(({ id, name }) => [id, name]));
  const nameOf = (id: HostId) => names.get(id) ?? unmanaged.get(id) ?? id;
  const confirm = suspicionConfirmer(hosts, tellNames(hosts));
  const placed = (flows: SuspectedDependency) => ({ ...flows, place: placeOf(flows, nameOf(flows.server)) });
  // Unmanaged hosts stand for nothing but their flows.
  const groups = allHosts.map(({ id }, position) => {
    if (position < hosts.length) return id;
    return byClient.has(id) ? `u${stableId(id)}` : undefined;
  });
  const ids = new Map(groups.flatMap((group, position) => (group === undefined ? [] : [[group, position] as const])));

  function ofHost(hostId: HostId, told: readonly StoredAddressDependency[]): ListedAddressDependency[] {
    const words = told
      .filter(mayBeConfirmed)
      .flatMap((item) => meantBy(item, told).map((target) => ({ item, hostId, kind: item.kind, target })));
    const { flowsOf, unconfirmed } = confirm(byClient.get(hostId) ?? [], words);
    const behind = Map.groupBy(flowsOf.keys(), ({ item }) => item);
    return [
      ...told.map((item) => {
        const flows = new Set(behind.get(item)?.flatMap((word) => flowsOf.get(word) ?? []));
        return { ...item, suspected: false, ...(flows.size > 0 && { flows: [...flows].map(placed) }) };
      }),
      ...unconfirmed.map((one): ListedAddressDependency => {
        const flows = placed(one);
        return {
          hostId,
          kind: one.kind,
          holder: holderOf(one),
          target: flows.place,
          source: `flows, ${one.protocol}`,
          firstSeen: one.firstSeen,
          lastSeen: one.lastSeen,
          current: true,
          suspected: true,
          flows: [flows],
        };
      }),
    ];
  }

  return {
    /** By position in allHosts: a name without a colon for its items; undefined where it can have none. */
    groups,
    idOf: (group: string): HostId => allHosts[ids.get(group) ?? -1]?.id ?? group,
    nameOf,
    ofHost,
  };
}

/** The same of all hosts, in their order. O(hosts + told + suspected). */
export function listAddressDependencies(
  analysis: Analysis,
  told: readonly StoredAddressDependency[],
): ListedAddressDependency[] {
  const { groups, idOf, ofHost } = addressDependencies(analysis);
  const byHost = Map.groupBy(told, ({ hostId }) => hostId);
  return groups.flatMap((group) => {
    if (group === undefined) return [];
    const hostId = idOf(group);
    return ofHost(hostId, byHost.get(hostId) ?? []);
  });
}
