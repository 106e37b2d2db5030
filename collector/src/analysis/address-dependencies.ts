import { stableId, suspicionConfirmer, type HostId, type SuspectedDependency } from "@portolan/graph";
import type { ListedAddressDependency } from "@portolan/export";
import type { StoredAddressDependency } from "../storage/directory.ts";
import { tellNames } from "./names-of-hosts.ts";
import type { Analysis } from "./analysis.ts";

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
    const { flowsOf, unconfirmed } = confirm(byClient.get(hostId) ?? [], told.filter(mayBeConfirmed));
    return [
      ...told.map((item) => {
        const flows = flowsOf.get(item);
        return { ...item, suspected: false, ...(flows && { flows: flows.map(placed) }) };
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
