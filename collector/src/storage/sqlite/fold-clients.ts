import type { Database } from "./database.ts";
import { ADD_COUNTS, COUNT_COLUMNS } from "./flow-counts.ts";
import { flowTraits } from "./flow-traits.ts";
import type { FoldedListeners, ListenerKey } from "./folded-listeners.ts";
import type { InternedTables } from "./interned.ts";

/** Up to here each client is told by its own address; a listener with more is one that the internet uses. */
const MOST_CLIENTS = 1000;
/** Flows that a step moves, with all their days. */
const FLOWS_A_STEP = 50;
/** Flows that a step looks through for listeners to fold. */
const SCANNED_A_STEP = 5000;

interface ListenerRow {
  importKey: number;
  scopeKey: number;
  protocol: number;
  port: number;
  flows: number;
}

type FlowKey = [...ListenerKey, localAddressKey: number, remoteAddressKey: number, processKey: number];

const OF_LISTENER =
  "host_key = ? AND import_key = ? AND scope_key = ? AND direction = 0 AND protocol = ? AND port = ? AND local_port = -1";
const OF_FLOW = `${OF_LISTENER} AND local_address_key = ? AND remote_address_key = ? AND process_key = ?`;

/** Folds the public clients of listeners that have many into their networks, in steps that each lose nothing. */
export function clientFolding(db: Database, interned: InternedTables, folded: FoldedListeners) {
  const hosts = db.prepare<[], number>("SELECT host_key FROM host ORDER BY host_key").pluck();
  const listeners = db.prepare<[number], ListenerRow>(
    `SELECT import_key AS importKey, scope_key AS scopeKey, protocol, port, count(*) AS flows FROM flow
     WHERE host_key = ? AND direction = 0 GROUP BY import_key, scope_key, protocol, port`,
  );
  const clients = db.prepare<ListenerKey, { flow: string; address: string }>(
    `SELECT json_array(local_address_key, remote_address_key, process_key) AS flow, address FROM flow
     JOIN address ON address_key = remote_address_key WHERE ${OF_LISTENER}
     ORDER BY address, local_address_key, process_key`,
  );
  const traits = flowTraits<FlowKey>(db, interned, OF_FLOW);
  const rename = db.prepare<[number, ...FlowKey]>(`UPDATE flow SET remote_address_key = ? WHERE ${OF_FLOW}`);
  const drop = db.prepare<FlowKey>(`DELETE FROM flow WHERE ${OF_FLOW}`);
  // WHERE true keeps ON CONFLICT from being read as part of the join.
  const addDays = db.prepare<[number, number]>(
    `INSERT INTO flow_day SELECT ?, day, ${COUNT_COLUMNS} FROM flow_day WHERE flow_key = ? AND true
     ON CONFLICT DO UPDATE SET ${ADD_COUNTS}`,
  );
  const addMonths = db.prepare<[number, number]>(
    `INSERT INTO flow_month SELECT ?, month, ${COUNT_COLUMNS}, days FROM flow_month WHERE flow_key = ? AND true
     ON CONFLICT DO UPDATE SET ${ADD_COUNTS}, days = days | excluded.days`,
  );
  const dropDays = db.prepare<[number]>("DELETE FROM flow_day WHERE flow_key = ?");
  const dropMonths = db.prepare<[number]>("DELETE FROM flow_month WHERE flow_key = ?");

  function foldFlow(listener: ListenerKey, { flow, address }: { flow: string; address: string }): void {
    const network = folded.networkOf(address);
    const [local, remote, process] = JSON.parse(flow) as [number, number, number];
    const key: FlowKey = [...listener, local, remote, process];
    const client = traits.find(...key);
    // A file may have been undone, or the address become a host's, since the listener was looked at.
    if (!network || !client) return;
    const rangeKey: FlowKey = [...listener, local, interned.addressKey(network.range), process];
    const range = traits.find(...rangeKey);
    folded.noteClient(range?.flowKey ?? client.flowKey, network.client);
    if (!range) {
      rename.run(interned.addressKey(network.range), ...key);
      return;
    }
    addDays.run(range.flowKey, client.flowKey);
    addMonths.run(range.flowKey, client.flowKey);
    dropDays.run(client.flowKey);
    dropMonths.run(client.flowKey);
    drop.run(...key);
    traits.merge(rangeKey, range, client);
  }

  function* foldListener(listener: ListenerKey): Generator<boolean, void> {
    const left = clients.all(...listener).filter(({ address }) => folded.networkOf(address) !== undefined);
    if (!folded.isFolded(listener)) {
      if (new Set(left.map(({ address }) => address)).size <= MOST_CLIENTS) return;
      folded.fold(listener);
    }
    for (let from = 0; from < left.length; from += FLOWS_A_STEP) {
      for (const client of left.slice(from, from + FLOWS_A_STEP)) foldFlow(listener, client);
      yield true;
    }
  }

  /** One step for each turn, inside the caller's transaction; true where what is read has changed. */
  return function* foldSteps(): Generator<boolean, void> {
    let scanned = 0;
    for (const hostKey of hosts.all()) {
      for (const { importKey, scopeKey, protocol, port, flows } of listeners.all(hostKey)) {
        scanned += flows;
        const listener: ListenerKey = [hostKey, importKey, scopeKey, protocol, port];
        if (flows > MOST_CLIENTS || folded.isFolded(listener)) yield* foldListener(listener);
      }
      if (scanned < SCANNED_A_STEP) continue;
      scanned = 0;
      yield false;
    }
  };
}
