import type { FlowEnd, FlowEvidence } from "@portolan/graph";
import type { Database } from "./database.ts";
import { hostId, protocolName } from "./encoding.ts";
import { flowDays } from "./flow-days.ts";
import type { DaySums } from "./flow-days.ts";
import type { FlowMonths } from "./flow-months.ts";
import { DIRECTIONS } from "./flows.ts";
import { mergedFlowDays } from "./merged-flows.ts";
import type { MergedHosts } from "./merged-hosts.ts";
import { processLabels } from "./process-labels.ts";
import type { UnfinishedImports } from "./unfinished-imports.ts";

interface Row {
  flowKey: number;
  site: string;
  hostKey: number;
  importKey: number;
  direction: number;
  protocol: number;
  localAddress: string;
  remoteAddress: string;
  port: number;
  localPort: number;
  processKey: number;
  scope: string;
  guessed: number;
  folded: number | null;
  exact: number;
  sources: string;
}

const ROWS = `
  SELECT flow_key AS flowKey, site.name AS site, host_key AS hostKey, import_key AS importKey, direction, protocol, l.address AS localAddress,
    r.address AS remoteAddress, port, local_port AS localPort, process_key AS processKey, scope.name AS scope, guessed,
    folded, exact, names AS sources
  FROM flow JOIN host USING (host_key) JOIN site USING (site_key) JOIN scope USING (scope_key)
    JOIN source_set USING (source_set_key) JOIN address l ON l.address_key = local_address_key
    JOIN address r ON r.address_key = remote_address_key`;

/** Flows that hosts observed, whether their reports came from an agent or from a file. Days are inclusive. */
export function flowListing(
  db: Database,
  merges: () => MergedHosts,
  months: FlowMonths,
  unfinished: UnfinishedImports,
) {
  const all = db.prepare<[], Row>(`${ROWS} ORDER BY flow_key`);
  const ofHost = db.prepare<[number], Row>(`${ROWS} WHERE host_key = ? ORDER BY flow_key`);
  const clients = db
    .prepare<[], [number, number]>("SELECT flow_key, count(*) FROM folded_client GROUP BY flow_key")
    .raw();
  const clientsOfHost = db
    .prepare<[number], [number, number]>(
      `SELECT flow_key, count(*) FROM folded_client WHERE flow_key IN (SELECT flow_key FROM flow WHERE host_key = ?)
       GROUP BY flow_key`,
    )
    .raw();
  const labels = processLabels(db);
  const sumDays = flowDays(db, months);
  const mergedDays = mergedFlowDays(db, months);
  return (from: number, to: number, hostKey?: number): FlowEvidence[] => {
    const hosts = merges();
    const labelOf = labels();
    const hidden = unfinished.keys();
    const sourcesOf = new Map<string, string[]>();
    const found: FlowEvidence[] = [];
    const ofMerged = new Map<string, [Dated, ...Dated[]]>();
    const read = (row: Row, sums: DaySums): FlowEvidence => {
      let sources = sourcesOf.get(row.sources);
      if (!sources) sourcesOf.set(row.sources, (sources = JSON.parse(row.sources) as string[]));
      return evidence({ ...row, hostKey: hosts.rootOf(row.hostKey) }, sums, labelOf.get(row.processKey), sources);
    };
    for (const member of hostKey === undefined ? [undefined] : hosts.membersOf(hostKey)) {
      const days = sumDays(from, to, member);
      const clientsOf = new Map(member === undefined ? clients.iterate() : clientsOfHost.iterate(member));
      for (const row of member === undefined ? all.iterate() : ofHost.iterate(member)) {
        const sums = days.get(row.flowKey);
        if (!sums || hidden.has(row.importKey)) continue;
        // Folded by the agent, or here: of the same range the larger is what is sure.
        const folded = clientsOf.get(row.flowKey);
        if (folded !== undefined) row.folded = Math.max(folded, row.folded ?? 0);
        if (!hosts.isMerged(row.hostKey)) {
          found.push(read(row, sums));
          continue;
        }
        const key = flowText(row, hosts.rootOf(row.hostKey));
        const known = ofMerged.get(key);
        if (known) known.push({ ...row, sums });
        else ofMerged.set(key, [{ ...row, sums }]);
      }
    }
    for (const rows of ofMerged.values()) {
      if (new Set(rows.map((row) => row.hostKey)).size === 1) found.push(...rows.map((row) => read(row, row.sums)));
      else found.push(read(mergedRow(rows), mergedDays(rows, from, to)));
    }
    return found;
  };
}

type Dated = Row & { sums: DaySums };

/** What makes two hosts' rows the same flow once the hosts are one. */
function flowText(row: Row, root: number): string {
  const { direction, protocol, localAddress, remoteAddress, port, localPort, processKey, scope } = row;
  return JSON.stringify([root, direction, protocol, localAddress, remoteAddress, port, localPort, processKey, scope]);
}

/** As reports of one host are merged: certain once it was, exact only while all are, seen by all their sources. */
function mergedRow(rows: readonly [Row, ...Row[]]): Row {
  const folded = rows.flatMap((row) => (row.folded === null ? [] : [row.folded]));
  const sources = new Set(rows.flatMap((row) => JSON.parse(row.sources) as string[]));
  return {
    ...rows[0],
    guessed: Math.min(...rows.map((row) => row.guessed)),
    exact: Math.min(...rows.map((row) => row.exact)),
    folded: folded.length === 0 ? null : Math.max(...folded),
    sources: JSON.stringify([...sources].sort()),
  };
}

/** The observer is the server of what is inbound to it, and the client of all else. */
function evidence(row: Row, sums: DaySums, process: string | undefined, sources: string[]): FlowEvidence {
  const direction = DIRECTIONS[row.direction] ?? "unknown";
  const isServer = direction === "inbound";
  const observer: FlowEnd = {
    address: row.localAddress,
    hostId: hostId(row.hostKey),
    ...(process !== undefined && { process }),
  };
  const peer: FlowEnd = { address: row.remoteAddress };
  const { bytesSent: observerSent, bytesReceived: observerReceived, ...counts } = sums;
  const [bytesSent, bytesReceived] = isServer ? [observerReceived, observerSent] : [observerSent, observerReceived];
  return {
    site: row.site,
    client: isServer ? peer : observer,
    server: isServer ? observer : peer,
    protocol: protocolName(row.protocol),
    serverPort: row.port,
    ...(row.localPort >= 0 && { clientPort: row.localPort }),
    direction: direction === "unknown" ? "unknown" : row.guessed === 1 ? "guessed" : "observed",
    seenFrom: isServer ? "server" : "client",
    ...(row.scope !== "" && { scope: row.scope }),
    ...counts,
    ...(bytesSent !== undefined && { bytesSent }),
    ...(bytesReceived !== undefined && { bytesReceived }),
    sources: [...sources],
    countsAreExact: row.exact === 1,
    ...(row.folded !== null && { folded: row.folded }),
  };
}
