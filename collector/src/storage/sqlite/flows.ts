import type { AcceptedFlow } from "../accepted-report.ts";
import type { Database } from "./database.ts";
import { dayNumber, protocolNumber } from "./encoding.ts";
import { ADD_COUNTS } from "./flow-counts.ts";
import { flowTraits, type FlowTraits } from "./flow-traits.ts";
import type { InternedTables } from "./interned.ts";

/** Order of the numbers in flow.direction. */
export const DIRECTIONS = ["inbound", "outbound", "unknown"] as const;

const KEY_COLUMNS = `host_key, import_key, scope_key, direction, protocol, local_address_key, remote_address_key, port,
  local_port, process_key`;
type Key = [number, number, number, number, number, number, number, number, number, number];
const KEY_MATCHES = KEY_COLUMNS.split(/,\s*/)
  .map((column) => `${column} = ?`)
  .join(" AND ");

/** Flows as their observers see them, and what each day added. */
export function flowTable(db: Database, interned: InternedTables) {
  const traits = flowTraits<Key>(db, interned, KEY_MATCHES);
  const add = db.prepare<[...Key, number, number, number | null, number, number]>(
    `INSERT INTO flow (${KEY_COLUMNS}, flow_key, guessed, folded, exact, source_set_key)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const addToDay = db.prepare<[number, number, number, number, number | null, number | null, number, number]>(
    `INSERT INTO flow_day VALUES (?, ?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT DO UPDATE SET ${ADD_COUNTS}`,
  );
  // Each flow has a day or a month, and both are ordered by flow: the largest key is found without a scan.
  const lastKey = db
    .prepare<[], number>(
      `SELECT max(coalesce((SELECT max(flow_key) FROM flow_day), 0), coalesce((SELECT max(flow_key) FROM flow_month), 0))`,
    )
    .pluck();
  let nextKey = (lastKey.get() ?? 0) + 1;

  return {
    /** Returns the flow's key. */
    add(hostKey: number, importKey: number, flow: AcceptedFlow): number {
      const key: Key = [
        hostKey,
        importKey,
        interned.scopeKey(flow.scope),
        DIRECTIONS.indexOf(flow.direction),
        protocolNumber(flow.protocol),
        interned.addressKey(flow.localAddress),
        interned.addressKey(flow.remoteAddress),
        flow.port,
        flow.localPort ?? -1,
        interned.processKey(flow.process),
      ];
      const told: FlowTraits = {
        guessed: Number(flow.guessed),
        folded: flow.folded ?? null,
        exact: Number(flow.countsAreExact),
        sourceSetKey: interned.sourceSetKey(flow.sources),
      };
      const known = traits.find(...key);
      const flowKey = known?.flowKey ?? nextKey++;
      if (known) traits.merge(key, known, told);
      else add.run(...key, flowKey, told.guessed, told.folded, told.exact, told.sourceSetKey);
      const { connections, failed, bytesSent, bytesReceived, firstSeen, lastSeen } = flow;
      const day = dayNumber(flow.day);
      addToDay.run(flowKey, day, connections, failed, bytesSent ?? null, bytesReceived ?? null, firstSeen, lastSeen);
      return flowKey;
    },
  };
}

export type FlowTable = ReturnType<typeof flowTable>;
