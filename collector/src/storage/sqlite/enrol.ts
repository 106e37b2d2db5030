import type { EnrolAgent } from "../agents.ts";
import type { AgentTable } from "./agents.ts";
import type { HostTable } from "./hosts.ts";
import type { SiteTable } from "./sites.ts";
import type { TokenTable } from "./tokens.ts";

interface Tables {
  agents: AgentTable;
  hosts: HostTable;
  sites: SiteTable;
  tokens: TokenTable;
}

/** One enrolment, inside the caller's transaction. False when the token doesn't allow it; nothing is written then. */
export function enrol(tables: Tables, tokenId: string, agent: EnrolAgent, silentSince: number): boolean {
  const { agents, hosts, sites, tokens } = tables;
  const use = tokens.takeUse(tokenId, agent.at);
  if (use === undefined) return false;
  // The token's site wins over anything the agent says.
  const siteKey = sites.keyOf(use.site ?? agent.site, agent.timeZone);
  const earlier =
    agent.machineId === undefined ? [] : agents.silent(siteKey, agent.machineId, silentSince, agent.hostname);
  for (const { agentKey, id } of earlier) {
    agents.retire(agentKey, agent.at);
    tokens.revoke(secretTokenId(id), agent.at);
  }
  const hostKey = earlier[0]?.hostKey ?? hosts.addManaged(siteKey, agent.hostname, agent.machineId);
  const { agentId: id, agentVersion: version, at } = agent;
  agents.add({ id, kind: "enrolled", hostKey, version, at, ...(agent.machineId && { machineId: agent.machineId }) });
  tokens.add({ id: secretTokenId(id), kind: "agent", agentId: id, createdAt: at, hash: agent.secretHash });
  return true;
}

function secretTokenId(agentId: string): string {
  return `agent-${agentId}`;
}
