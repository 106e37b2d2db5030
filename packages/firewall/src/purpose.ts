import { byText, type Dependency } from "@portolan/graph";
import { serviceName } from "./service-names.ts";

const MOST_SHOWN = 3;

/**
 * What a rule is for, from the processes seen at both ends: "nginx → postgres", the most frequent pairs first, at most
 * three and "… and N more". Where no process is known at an end the service's name stands in: "nginx → https".
 */
export function purposeOf(dependencies: readonly Dependency[]): string {
  const uses = new Map<string, number>();
  for (const dependency of dependencies) {
    for (const pair of processPairs(dependency)) uses.set(pair, (uses.get(pair) ?? 0) + dependency.connections);
  }
  const pairs = [...uses].sort(([a, x], [b, y]) => y - x || byText(a, b)).map(([pair]) => pair);
  const shown = pairs.slice(0, MOST_SHOWN).join(", ");
  return pairs.length > MOST_SHOWN ? `${shown} … and ${pairs.length - MOST_SHOWN} more` : shown;
}

function processPairs({ clientProcesses, serverProcesses, protocol, serverPort }: Dependency): string[] {
  const service = serviceName(protocol, serverPort) ?? `${protocol}/${serverPort}`;
  const servers = serverProcesses.length > 0 ? serverProcesses : [service];
  if (clientProcesses.length === 0) return servers;
  return clientProcesses.flatMap((client) => servers.map((server) => `${client} → ${server}`));
}
