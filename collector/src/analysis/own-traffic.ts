import type { Dependency } from "@portolan/graph";

/** Process titles that Portolan's programs give themselves. */
const AGENT = "portolan-agent";
const COLLECTOR = "portolan";

/**
 * Agents reporting to the collector. It is real traffic and needs its firewall rules, but it says nothing about what
 * must move together: every host has it because we came.
 */
export function isOwnTraffic({ clientProcesses, serverProcesses }: Dependency): boolean {
  return clientProcesses.includes(AGENT) || (clientProcesses.length === 0 && serverProcesses.includes(COLLECTOR));
}
