import type { Controller, ControllerUse } from "@portolan/graph";

/** SYNTHETIC domain controller that is sure to be one; more fields as given. */
export function syntheticController(id: string, more: Partial<Controller> = {}): Controller {
  return {
    id,
    name: id,
    addresses: [],
    domain: "corp.example",
    confidence: 1,
    reasons: [],
    namedBy: [],
    ...more,
  };
}

/** SYNTHETIC: who uses which ports of which controller. */
export function syntheticUse(client: string, to: string, ...ports: number[]): ControllerUse {
  const seen = { connections: 1, lowerBound: true, firstSeen: 0, lastSeen: 0, processes: [] };
  return { client, controller: to, services: ports.map((port) => ({ protocol: "tcp", port, ...seen })), processes: [] };
}
