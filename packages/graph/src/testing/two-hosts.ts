import { expect } from "vitest";
import { buildDependencies } from "../dependencies.ts";
import type { FlowEvidence, Host, ListenerEvidence } from "../types.ts";

const hosts: Host[] = [
  { id: "web", name: "web", site: "s", kind: "managed", addresses: [{ address: "10.0.1.1", hostLocal: false }] },
  { id: "db", name: "db", site: "s", kind: "managed", addresses: [{ address: "10.0.2.1", hostLocal: false }] },
];
/** Synthetic: a web server that calls a database. */
export const WEB = "10.0.1.1";
export const DB = "10.0.2.1";

export function seen(
  from: "web" | "db",
  flow: Partial<FlowEvidence> & Pick<FlowEvidence, "client" | "server">,
): FlowEvidence {
  const address = from === "web" ? WEB : DB;
  const seenFrom = flow.client.address === address ? "client" : "server";
  return {
    site: "s",
    protocol: "tcp",
    serverPort: 5432,
    direction: "observed",
    seenFrom,
    connectionsByDay: [{ day: "2026-11-01", connections: 1 }],
    failed: 0,
    firstSeen: 100,
    lastSeen: 200,
    sources: ["proc-net"],
    countsAreExact: false,
    ...flow,
    [seenFrom]: { ...flow[seenFrom], hostId: from },
  };
}

export const toDb = { client: { address: WEB }, server: { address: DB } };
export const listener: ListenerEvidence = { hostId: "db", protocol: "tcp", address: "0.0.0.0", port: 5432 };

export function day(connections: number) {
  return [{ day: "2026-11-01", connections }];
}

export function local(hostId: string, scope?: string): FlowEvidence {
  const end = { address: "127.0.0.1", hostId };
  return { ...seen("web", toDb), client: end, server: end, ...(scope && { scope }) };
}

/** Whatever the order in which the flows come. */
export function build(flows: FlowEvidence[], listeners: ListenerEvidence[] = []) {
  const dependencies = buildDependencies({ flows, hosts, listeners });
  expect(buildDependencies({ flows: flows.toReversed(), hosts, listeners })).toEqual(dependencies);
  return dependencies;
}
