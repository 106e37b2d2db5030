import type { AcceptedFlow } from "../accepted-report.ts";
import type { Database } from "./database.ts";
import { protocolNumber } from "./encoding.ts";
import type { FlowTable } from "./flows.ts";
import type { InternedTables } from "./interned.ts";
import { publicClient, type PublicClient } from "./public-client.ts";

/** What has clients: whatever listens on that port of the host, on any of its addresses. */
export type ListenerKey = [hostKey: number, importKey: number, scopeKey: number, protocol: number, port: number];

function textOf([, importKey, scopeKey, protocol, port]: ListenerKey): string {
  return `${importKey} ${scopeKey} ${protocol} ${port}`;
}

/** Listeners whose public clients are kept by network, and how their flows are taken. */
export function foldedListeners(db: Database, interned: InternedTables, flows: FlowTable) {
  const all = db
    .prepare<[], ListenerKey>("SELECT host_key, import_key, scope_key, protocol, port FROM folded_listener")
    .raw();
  const add = db.prepare<ListenerKey>("INSERT OR IGNORE INTO folded_listener VALUES (?, ?, ?, ?, ?)");
  const addClient = db.prepare<[number, string]>("INSERT OR IGNORE INTO folded_client VALUES (?, ?)");
  const ofHost = db
    .prepare<[string], number>(
      "SELECT 1 FROM address JOIN host_address USING (address_key) WHERE address.address = ? LIMIT 1",
    )
    .pluck();
  let byHost: Map<number, Set<string>> | undefined;

  function read(): Map<number, Set<string>> {
    const found = new Map<number, Set<string>>();
    for (const key of all.iterate()) {
      const known = found.get(key[0]);
      if (known) known.add(textOf(key));
      else found.set(key[0], new Set([textOf(key)]));
    }
    return found;
  }
  /** Which network stands for the address; undefined where it stands for itself, as each host's does. */
  function networkOf(address: string): PublicClient | undefined {
    const network = publicClient(address);
    return network && ofHost.get(address) === undefined ? network : undefined;
  }
  function isFolded(key: ListenerKey): boolean {
    byHost ??= read();
    return byHost.get(key[0])?.has(textOf(key)) ?? false;
  }

  return {
    networkOf,
    isFolded,
    fold(key: ListenerKey): void {
      add.run(...key);
      byHost = undefined;
    },
    noteClient: (flowKey: number, client: string) => void addClient.run(flowKey, client),
    /** Takes a flow of a report, under its client's network where its listener's are folded. */
    addFlow(hostKey: number, importKey: number, flow: AcceptedFlow): void {
      byHost ??= read();
      const isCandidate = flow.direction === "inbound" && byHost.has(hostKey);
      const { scope, protocol, port } = flow;
      const network =
        isCandidate && isFolded([hostKey, importKey, interned.scopeKey(scope), protocolNumber(protocol), port])
          ? networkOf(flow.remoteAddress)
          : undefined;
      if (!network) {
        flows.add(hostKey, importKey, flow);
        return;
      }
      const flowKey = flows.add(hostKey, importKey, { ...flow, remoteAddress: network.range });
      addClient.run(flowKey, network.client);
    },
    /** After a rollback or an undo. */
    forget(): void {
      byHost = undefined;
    },
  };
}

export type FoldedListeners = ReturnType<typeof foldedListeners>;
