import type { Process } from "@portolan/protocol";
import type { AcceptedFlow, AcceptedReport } from "../accepted-report.ts";

/**
 * Reports on their way to the writing thread. Copying an object a flow between threads took a quarter of the ingest;
 * one array of numbers and the few texts and processes that the flows share take a fraction of it.
 */
export interface PackedReports {
  /** Each with no flows of its own. */
  reports: AcceptedReport[];
  /** Flows of each report. */
  counts: number[];
  texts: string[];
  processes: Process[];
  sources: string[][];
  /** COLUMNS numbers a flow, report by report. */
  numbers: Float64Array<ArrayBuffer>;
}

const COLUMNS = 19;
/** No count, port, index or time is below it. */
const ABSENT = -1;
const PROTOCOLS = ["tcp", "udp"] as const;
const DIRECTIONS = ["inbound", "outbound", "unknown"] as const;

/** Numbers things in the order in which they come. */
function numbered<T>() {
  const items: T[] = [];
  const indices = new Map<T, number>();
  function indexOf(item: T): number {
    let index = indices.get(item);
    if (index === undefined) {
      index = items.push(item) - 1;
      indices.set(item, index);
    }
    return index;
  }
  return { items, indexOf };
}

export function packReports(reports: readonly AcceptedReport[]): PackedReports {
  const texts = numbered<string>();
  const processes = numbered<Process>();
  const sources: string[][] = [];
  const sourceIndices = new Map<string, number>();
  function sourcesIndex(names: string[]): number {
    const text = names.join("\0");
    let index = sourceIndices.get(text);
    if (index === undefined) sourceIndices.set(text, (index = sources.push(names) - 1));
    return index;
  }
  const counts = reports.map(({ flows }) => flows.length);
  const numbers = new Float64Array(counts.reduce((sum, count) => sum + count, 0) * COLUMNS);
  let at = 0;
  for (const { flows } of reports) {
    for (const flow of flows) {
      numbers[at++] = PROTOCOLS.indexOf(flow.protocol);
      numbers[at++] = DIRECTIONS.indexOf(flow.direction);
      numbers[at++] = texts.indexOf(flow.localAddress);
      numbers[at++] = texts.indexOf(flow.remoteAddress);
      numbers[at++] = flow.port;
      numbers[at++] = flow.localPort ?? ABSENT;
      numbers[at++] = flow.scope === undefined ? ABSENT : texts.indexOf(flow.scope);
      numbers[at++] = flow.process === undefined ? ABSENT : processes.indexOf(flow.process);
      numbers[at++] = Number(flow.guessed);
      numbers[at++] = flow.folded ?? ABSENT;
      numbers[at++] = flow.connections;
      numbers[at++] = flow.failed;
      numbers[at++] = flow.bytesSent ?? ABSENT;
      numbers[at++] = flow.bytesReceived ?? ABSENT;
      numbers[at++] = flow.firstSeen;
      numbers[at++] = flow.lastSeen;
      numbers[at++] = texts.indexOf(flow.day);
      numbers[at++] = sourcesIndex(flow.sources);
      numbers[at++] = Number(flow.countsAreExact);
    }
  }
  const bare = reports.map((report) => ({ ...report, flows: [] }));
  return { reports: bare, counts, texts: texts.items, processes: processes.items, sources, numbers };
}

/** The reverse of packReports; reports packed together may share their processes and lists of sources. */
export function unpackReports({
  reports,
  counts,
  texts,
  processes,
  sources,
  numbers,
}: PackedReports): AcceptedReport[] {
  let at = 0;
  const next = (): number => numbers[at++] as number;
  const text = (): string => texts[next()] as string;
  function nextFlow(): AcceptedFlow {
    const protocol = PROTOCOLS[next()] as AcceptedFlow["protocol"];
    const direction = DIRECTIONS[next()] as AcceptedFlow["direction"];
    const localAddress = text();
    const remoteAddress = text();
    const port = next();
    const localPort = next();
    const scope = texts[next()];
    const process = processes[next()];
    const guessed = next() === 1;
    const folded = next();
    const connections = next();
    const failed = next();
    const bytesSent = next();
    const bytesReceived = next();
    const firstSeen = next();
    const lastSeen = next();
    const day = text();
    const names = sources[next()] as string[];
    const countsAreExact = next() === 1;
    const flow: AcceptedFlow = {
      protocol,
      direction,
      localAddress,
      remoteAddress,
      port,
      guessed,
      connections,
      failed,
      firstSeen,
      lastSeen,
      day,
      sources: names,
      countsAreExact,
    };
    if (localPort !== ABSENT) flow.localPort = localPort;
    if (scope !== undefined) flow.scope = scope;
    if (process !== undefined) flow.process = process;
    if (folded !== ABSENT) flow.folded = folded;
    if (bytesSent !== ABSENT) flow.bytesSent = bytesSent;
    if (bytesReceived !== ABSENT) flow.bytesReceived = bytesReceived;
    return flow;
  }
  return reports.map((report, index) => ({ ...report, flows: Array.from({ length: counts[index] ?? 0 }, nextFlow) }));
}
