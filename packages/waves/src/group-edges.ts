import { byText, type Dependency, type MoveGroup } from "@portolan/graph";
import type { GroupEdge } from "./types.ts";

/** Between which groups dependencies run, and how many; either direction counts. Sorted. O(hosts + dependencies). */
export function groupEdges(groups: readonly MoveGroup[], dependencies: readonly Dependency[]): GroupEdge[] {
  const groupOf = new Map(groups.flatMap((group) => group.hosts.map((host) => [host, group.id] as const)));
  const edges = new Map<string, GroupEdge>();
  for (const { clientHost, serverHost } of dependencies) {
    const client = clientHost === undefined ? undefined : groupOf.get(clientHost);
    const server = serverHost === undefined ? undefined : groupOf.get(serverHost);
    if (client === undefined || server === undefined || client === server) continue;
    const [a, b] = client < server ? [client, server] : [server, client];
    const edge = edges.get(`${a}\n${b}`);
    if (edge) edge.dependencies += 1;
    else edges.set(`${a}\n${b}`, { a, b, dependencies: 1 });
  }
  return [...edges.values()].sort((x, y) => byText(x.a, y.a) || byText(x.b, y.b));
}
