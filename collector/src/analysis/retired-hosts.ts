import type { HostId } from "@portolan/graph";
import type { Analysis } from "./analysis.ts";

/** Hosts that a person said are gone. */
export function retiredHosts({ hosts }: Pick<Analysis, "hosts">): Set<HostId> {
  return new Set(hosts.flatMap(({ id, retiredAt }) => (retiredAt === undefined ? [] : [id])));
}
