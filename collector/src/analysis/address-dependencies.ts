import { confirmSuspected, type HostId, type SuspectedDependency } from "@portolan/graph";
import type { ListedAddressDependency } from "@portolan/export";
import type { StoredAddressDependency } from "../storage/directory.ts";
import { tellNames } from "./names-of-hosts.ts";
import type { Analysis } from "./analysis.ts";

/** A client's alias of SQL Server is no linked server: that an engine calls the same address confirms nothing. */
function mayBeConfirmed({ kind, current, importId }: StoredAddressDependency): boolean {
  return current && (importId !== undefined || kind === "licence-service");
}

function placeOf({ server, serverAddresses, port }: SuspectedDependency, nameOf: (id: HostId) => string | undefined) {
  const host = nameOf(server) ?? serverAddresses[0] ?? server;
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
 * own, marked as suspected, behind all that was told. O(hosts + told + suspected).
 */
export function listAddressDependencies(
  analysis: Analysis,
  told: readonly StoredAddressDependency[],
): ListedAddressDependency[] {
  const { suspected, hosts, names, allHosts } = analysis;
  const { flowsOf, unconfirmed } = confirmSuspected({
    suspected,
    told: told.filter(mayBeConfirmed),
    hosts,
    namesOf: tellNames(hosts),
  });
  const unmanaged = new Map(allHosts.slice(hosts.length).map(({ id, name }) => [id, name]));
  const nameOf = (id: HostId) => names.get(id) ?? unmanaged.get(id);
  const placed = (flows: SuspectedDependency) => ({ ...flows, place: placeOf(flows, nameOf) });
  return [
    ...told.map((item) => {
      const flows = flowsOf.get(item);
      return { ...item, suspected: false, ...(flows && { flows: flows.map(placed) }) };
    }),
    ...unconfirmed.map((one): ListedAddressDependency => {
      const flows = placed(one);
      return {
        hostId: one.client,
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
