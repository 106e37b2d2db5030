import type { Storage } from "@portolan/collector";

/** As the list has it; undefined for one that did not enrol. */
export async function agentOf(storage: Storage, id: string) {
  return (await storage.listAgents()).find((agent) => agent.id === id);
}
