import { byText, type Host, sortedText } from "@portolan/graph";
import type { SeenCell } from "./cells.ts";
import { serviceName } from "./service-names.ts";
import type { RuleEndpoint, RuleService } from "./types.ts";

/** Who has an address, by name; two names where two hosts had it, for only the evidence's time tells them apart. */
export function ownersOf(
  seen: readonly SeenCell[],
  end: "client" | "server",
  hosts: ReadonlyMap<string, Host>,
): Map<string, Set<string>> {
  const owners = new Map<string, Set<string>>();
  for (const cell of seen) {
    const address = end === "client" ? cell.source : cell.destination;
    let names = owners.get(address);
    if (!names) owners.set(address, (names = new Set()));
    for (const { clientHost, serverHost } of cell.dependencies) {
      const hostId = end === "client" ? clientHost : serverHost;
      if (hostId !== undefined) names.add(hosts.get(hostId)?.name ?? hostId);
    }
  }
  return owners;
}

/** Addresses of one host stand under its name; an address that nobody has stands under itself. */
export function endpointsOf(addresses: readonly string[], owners: ReadonlyMap<string, Set<string>>): RuleEndpoint[] {
  const byName = new Map<string, string[]>();
  for (const address of addresses) {
    const name = sortedText(owners.get(address) ?? []).join(" / ") || address.replace(/\/(32|128)$/, "");
    byName.set(name, [...(byName.get(name) ?? []), address]);
  }
  return [...byName].map(([name, own]) => ({ name, addresses: own })).sort((a, b) => byText(a.name, b.name));
}

/** One port, with its well-known name. */
export function ruleService({ protocol, port }: Pick<SeenCell, "protocol" | "port">): RuleService {
  const name = serviceName(protocol, port);
  return { protocol, fromPort: port, toPort: port, ...(name !== undefined && { name }) };
}
