import type { Host, MoveGroup } from "@portolan/graph";
import { hostNames } from "./host-names.ts";

/** A move group with the names of its hosts in place of their ids. */
export type GroupJson = Pick<MoveGroup, "id" | "name" | "confidence" | "reasons" | "source"> & { hosts: string[] };

/** The `groups` document of the interface. */
export function groupsJson(groups: readonly MoveGroup[], hosts: readonly Host[]): { groups: GroupJson[] } {
  const names = hostNames(hosts);
  return {
    groups: groups.map(({ id, name, hosts: members, confidence, reasons, source }) => ({
      id,
      name,
      hosts: members.map((member) => names.get(member) ?? member),
      confidence,
      reasons,
      source,
    })),
  };
}
