import type { AcceptedFlow } from "../accepted-report.ts";
import type { Database } from "./database.ts";
import { dayNumber, protocolNumber } from "./encoding.ts";
import type { InternedTables } from "./interned.ts";

/** Order of the numbers in flow.direction. */
export const DIRECTIONS = ["inbound", "outbound", "unknown"] as const;

const KEY_COLUMNS = `host_key, import_key, scope_key, direction, protocol, local_address_key, remote_address_key, port,
  local_port, process_key`;
type Key = [number, number, number, number, number, number, number, number, number, number];
const KEY_MATCHES = KEY_COLUMNS.split(/,\s*/)
  .map((column) => `${column} = ?`)
  .join(" AND ");

interface Traits {
  flowKey: number;
  guessed: number;
  folded: number | null;
  exact: number;
  sourceSetKey: number;
}

/** Flows as their observers see them, and what each day added. */
export function flowTable(db: Database, interned: InternedTables) {
  const find = db.prepare<Key, Traits>(
    `SELECT flow_key AS flowKey, guessed, folded, exact, source_set_key AS sourceSetKey FROM flow WHERE ${KEY_MATCHES}`,
  );
  const add = db.prepare<[...Key, number, number, number | null, number, number]>(
    `INSERT INTO flow (${KEY_COLUMNS}, flow_key, guessed, folded, exact, source_set_key)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const change = db.prepare<[number, number | null, number, number, ...Key]>(
    `UPDATE flow SET guessed = ?, folded = ?, exact = ?, source_set_key = ? WHERE ${KEY_MATCHES}`,
  );
  const addToDay = db.prepare<[number, number, number, number, number | null, number | null, number, number]>(
    `INSERT INTO flow_day VALUES (?, ?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT DO UPDATE SET connections = connections + excluded.connections, failed = failed + excluded.failed,
       bytes_sent = coalesce(bytes_sent + excluded.bytes_sent, bytes_sent, excluded.bytes_sent),
       bytes_received = coalesce(bytes_received + excluded.bytes_received, bytes_received, excluded.bytes_received),
       first_seen = min(first_seen, excluded.first_seen), last_seen = max(last_seen, excluded.last_seen)`,
  );
  const sourceNames = db.prepare<[number], string>("SELECT names FROM source_set WHERE source_set_key = ?").pluck();
  // Each flow has a day or a month, and both are ordered by flow: the largest key is found without a scan.
  const lastKey = db
    .prepare<[], number>(
      `SELECT max(coalesce((SELECT max(flow_key) FROM flow_day), 0), coalesce((SELECT max(flow_key) FROM flow_month), 0))`,
    )
    .pluck();
  let nextKey = (lastKey.get() ?? 0) + 1;

  /** Once a direction was certain it stays so; counts are exact only while every report says so. */
  const merged = (known: Traits, flow: AcceptedFlow, sourceSetKey: number): Traits => ({
    flowKey: known.flowKey,
    guessed: Math.min(known.guessed, Number(flow.guessed)),
    folded: flow.folded === undefined ? known.folded : Math.max(known.folded ?? 0, flow.folded),
    exact: Math.min(known.exact, Number(flow.countsAreExact)),
    sourceSetKey:
      known.sourceSetKey === sourceSetKey
        ? sourceSetKey
        : interned.sourceSetKey([
            ...(JSON.parse(sourceNames.get(known.sourceSetKey) ?? "[]") as string[]),
            ...flow.sources,
          ]),
  });

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
      const sourceSetKey = interned.sourceSetKey(flow.sources);
      const known = find.get(...key);
      const flowKey = known?.flowKey ?? nextKey++;
      if (known === undefined) {
        const { guessed, folded, countsAreExact } = flow;
        add.run(...key, flowKey, Number(guessed), folded ?? null, Number(countsAreExact), sourceSetKey);
      } else {
        const { guessed, folded, exact, sourceSetKey: sources } = merged(known, flow, sourceSetKey);
        const isSame =
          guessed === known.guessed &&
          folded === known.folded &&
          exact === known.exact &&
          sources === known.sourceSetKey;
        if (!isSame) change.run(guessed, folded, exact, sources, ...key);
      }
      const { connections, failed, bytesSent, bytesReceived, firstSeen, lastSeen } = flow;
      const day = dayNumber(flow.day);
      addToDay.run(flowKey, day, connections, failed, bytesSent ?? null, bytesReceived ?? null, firstSeen, lastSeen);
      return flowKey;
    },
  };
}

export type FlowTable = ReturnType<typeof flowTable>;
