import type { FlowEnd, FlowEvidence } from "@portolan/graph";
import type { Database } from "./database.ts";
import { hostId, protocolName } from "./encoding.ts";
import { flowDays } from "./flow-days.ts";
import type { DaySums } from "./flow-days.ts";
import { DIRECTIONS } from "./flows.ts";
import { processLabels } from "./process-labels.ts";

interface Row {
  flowKey: number;
  site: string;
  hostKey: number;
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
  SELECT flow_key AS flowKey, site.name AS site, host_key AS hostKey, direction, protocol, l.address AS localAddress,
    r.address AS remoteAddress, port, local_port AS localPort, process_key AS processKey, scope.name AS scope, guessed,
    folded, exact, names AS sources
  FROM flow JOIN host USING (host_key) JOIN site USING (site_key) JOIN scope USING (scope_key)
    JOIN source_set USING (source_set_key) JOIN address l ON l.address_key = local_address_key
    JOIN address r ON r.address_key = remote_address_key`;

/** Flows that hosts observed, whether their reports came from an agent or from a file. Days are inclusive. */
export function flowListing(db: Database) {
  const all = db.prepare<[], Row>(`${ROWS} ORDER BY flow_key`);
  const ofHost = db.prepare<[number], Row>(`${ROWS} WHERE host_key = ? ORDER BY flow_key`);
  const labels = processLabels(db);
  const sumDays = flowDays(db);
  return (from: number, to: number, hostKey?: number): FlowEvidence[] => {
    const days = sumDays(from, to, hostKey);
    const labelOf = labels();
    const sourcesOf = new Map<string, string[]>();
    const found: FlowEvidence[] = [];
    for (const row of hostKey === undefined ? all.iterate() : ofHost.iterate(hostKey)) {
      const sums = days.get(row.flowKey);
      if (!sums) continue;
      let sources = sourcesOf.get(row.sources);
      if (!sources) sourcesOf.set(row.sources, (sources = JSON.parse(row.sources) as string[]));
      found.push(evidence(row, sums, labelOf.get(row.processKey), sources));
    }
    return found;
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
