import type { HostId } from "@portolan/graph";
import type { PlanDirectory, PlannedGroup } from "./types.ts";

/** Why nothing of a domain controller is to be copied. */
const PROMOTED_ANEW = "a domain controller is promoted anew: none of its disks is copied";

/** The groups with controllers that have nothing to copy; each counts as a server as before. O(hosts). */
export function withoutControllersData(
  groups: readonly PlannedGroup[],
  { controllers }: PlanDirectory,
): PlannedGroup[] {
  const anew = new Set<HostId>(controllers.map(({ id }) => id));
  return groups.map((group) => ({
    ...group,
    hosts: group.hosts.map((host) =>
      anew.has(host.id)
        ? {
            id: host.id,
            name: host.name,
            dataGB: 0,
            onDisksGB: host.dataGB ?? 0,
            ...(host.changedGBPerDay !== undefined && { changedGBPerDay: 0 }),
            reason: PROMOTED_ANEW,
          }
        : host,
    ),
  }));
}
