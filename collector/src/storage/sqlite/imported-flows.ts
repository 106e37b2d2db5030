import type { FlowEnd, FlowEvidence } from "@portolan/graph";
import type { ImportedFlow } from "../imports.ts";
import type { Database } from "./database.ts";
import { dayNumber, dayText, hostId, protocolName, protocolNumber } from "./encoding.ts";
import type { FlowMonths } from "./flow-months.ts";
import type { HostTable } from "./hosts.ts";
import type { InternedTables } from "./interned.ts";
import type { MergedHosts } from "./merged-hosts.ts";
import { type ProcessLabels, processLabels } from "./process-labels.ts";
import type { SiteTable } from "./sites.ts";
import { UNFINISHED } from "./unfinished-imports.ts";

interface Row {
  site: string;
  clientHostKey: number;
  clientAddress: string;
  clientProcessKey: number;
  serverHostKey: number;
  serverAddress: string;
  serverProcessKey: number;
  protocol: number;
  port: number;
  day: number;
  connections: number;
  firstSeen: number;
  lastSeen: number;
}

const ROWS = `
  SELECT site.name AS site, client_host_key AS clientHostKey, c.address AS clientAddress,
    client_process_key AS clientProcessKey, server_host_key AS serverHostKey, s.address AS serverAddress,
    server_process_key AS serverProcessKey, protocol, port, day, connections, first_seen AS firstSeen,
    last_seen AS lastSeen
  FROM imported_flow JOIN site USING (site_key) JOIN address c ON c.address_key = client_address_key
    JOIN address s ON s.address_key = server_address_key
  WHERE day BETWEEN @from AND @to AND import_key NOT IN ${UNFINISHED}`;
const ORDER = `
  ORDER BY import_key, site_key, client_host_key, client_address_key, server_host_key, server_address_key, protocol,
    port, client_process_key, server_process_key, day`;
/** Both ends have an index: without one each host's would be looked for among all. */
export const FLOWS_OF_HOSTS = `${ROWS} AND (client_host_key IN (SELECT value FROM json_each(@hosts))
    OR server_host_key IN (SELECT value FROM json_each(@hosts))) ${ORDER}`;

/** Rows of flows.csv. Equal rows of one file add up; those of two files stand side by side. */
export function importedFlowTable(
  db: Database,
  interned: InternedTables,
  sites: SiteTable,
  hosts: HostTable,
  merges: () => MergedHosts,
  months: FlowMonths,
) {
  const add = db.prepare<number[]>(
    `INSERT INTO imported_flow VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT DO UPDATE SET connections = connections + excluded.connections,
       first_seen = min(first_seen, excluded.first_seen), last_seen = max(last_seen, excluded.last_seen)`,
  );
  const all = db.prepare<[{ from: number; to: number }], Row>(ROWS + ORDER);
  const ofNoHost = db.prepare<[{ from: number; to: number }], Row>(
    `${ROWS} AND client_host_key = 0 AND server_host_key = 0 ${ORDER}`,
  );
  const ofHosts = db.prepare<[{ from: number; to: number; hosts: string }], Row>(FLOWS_OF_HOSTS);
  const labels = processLabels(db);
  const endKeys = (siteKey: number, end: ImportedFlow["client"], hostOf: Map<string, number>): [number, number] => {
    if ("address" in end) return [0, interned.addressKey(end.address)];
    const text = `${siteKey} ${end.name}`;
    const hostKey = hostOf.get(text) ?? hosts.findOrAddImported(siteKey, end.name);
    hostOf.set(text, hostKey);
    return [hostKey, interned.addressKey(undefined)];
  };
  const process = (name: string | undefined) => interned.processKey(name === undefined ? undefined : { name });
  return {
    addAll(importKey: number, flows: readonly ImportedFlow[]): void {
      // What a name means can't change in between.
      const hostOf = new Map<string, number>();
      for (const flow of flows) {
        const siteKey = sites.keyOf(flow.site);
        const ends = [...endKeys(siteKey, flow.client, hostOf), ...endKeys(siteKey, flow.server, hostOf)];
        const processes = [process(flow.clientProcess), process(flow.serverProcess)];
        const { connections, firstSeen, lastSeen } = flow;
        const service = [protocolNumber(flow.protocol), flow.port];
        const counts = [dayNumber(flow.day), connections, firstSeen, lastSeen];
        add.run(importKey, siteKey, ...ends, ...service, ...processes, ...counts);
      }
    },
    /** Those of which both ends are addresses. */
    listWithoutHost(from: number, to: number): FlowEvidence[] {
      const labelOf = labels();
      const monthsTo = months.countedTo();
      return ofNoHost.all({ from, to }).map((row) => evidence(row, labelOf, row.day <= monthsTo));
    },
    list(from: number, to: number, hostKey?: number): FlowEvidence[] {
      const labelOf = labels();
      const monthsTo = months.countedTo();
      const { membersOf, rootOf } = merges();
      const rows =
        hostKey === undefined
          ? all.all({ from, to })
          : ofHosts.all({ from, to, hosts: JSON.stringify(membersOf(hostKey)) });
      return rows.map((row) => {
        const [clientHostKey, serverHostKey] = [rootOf(row.clientHostKey), rootOf(row.serverHostKey)];
        return evidence({ ...row, clientHostKey, serverHostKey }, labelOf, row.day <= monthsTo);
      });
    },
  };
}

export type ImportedFlowTable = ReturnType<typeof importedFlowTable>;

/** As a day is told, so the same day of an agent's flow: else the ends of a dependency could not be compared. */
function evidence(row: Row, labelOf: ProcessLabels, isByMonth: boolean): FlowEvidence {
  const { connections } = row;
  const day = dayText(row.day);
  const client = end(row.clientHostKey, row.clientAddress, labelOf.get(row.clientProcessKey));
  const server = end(row.serverHostKey, row.serverAddress, labelOf.get(row.serverProcessKey));
  return {
    site: row.site,
    client,
    server,
    protocol: protocolName(row.protocol),
    serverPort: row.port,
    direction: "observed",
    seenFrom: seenFrom(client, server),
    connectionsByDay: isByMonth ? [] : [{ day, connections }],
    ...(isByMonth && { connectionsByMonth: [{ days: [day], connections }] }),
    failed: 0,
    firstSeen: row.firstSeen,
    lastSeen: row.lastSeen,
    sources: ["flows-csv"],
    countsAreExact: false,
  };
}

function end(hostKey: number, address: string, process: string | undefined): FlowEnd {
  return { ...(hostKey === 0 ? { address } : { hostId: hostId(hostKey) }), ...(process !== undefined && { process }) };
}

/** Only who stood at an end can name its process; a row that names none counts as seen by the client. */
function seenFrom(client: FlowEnd, server: FlowEnd): FlowEvidence["seenFrom"] {
  if (server.process === undefined) return "client";
  return client.process === undefined ? "server" : "both";
}
