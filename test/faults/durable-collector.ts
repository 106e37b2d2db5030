import { createServer } from "node:http";
import { gunzipSync } from "node:zlib";
import { Report } from "@portolan/protocol";

/** For tests: a collector that never dies, applies each report once, and counts what it applied. */
export interface DurableCollector {
  url: string;
  /** Connections by flow's peer address. */
  applied: Map<string, number>;
  reports: Report[];
  duplicates: number;
  /** Reports that came again with another content, or that are none. */
  conflicts: string[];
  close(): Promise<void>;
}

/** @param tooLarge reports of more flows are answered 413, so that the agent splits them. */
export async function startDurableCollector(tooLarge = Infinity): Promise<DurableCollector> {
  const seen = new Map<string, string>();
  const server = createServer();
  const collector: DurableCollector = {
    url: "",
    applied: new Map(),
    reports: [],
    duplicates: 0,
    conflicts: [],
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };

  /** Takes a whole body; a request that was cut off is none. */
  const take = (body: Buffer): number => {
    const text = gunzipSync(body).toString();
    const parsed = Report.safeParse(JSON.parse(text));
    if (!parsed.success) {
      collector.conflicts.push(parsed.error.message);
      return 400;
    }
    const { flows, sequence } = parsed.data;
    if (flows.length > tooLarge) return 413;
    const key = `${sequence.epoch} ${sequence.number}`;
    const known = seen.get(key);
    // What else waits in the spool is another number at each attempt.
    const content = JSON.stringify({ ...parsed.data, agent: { ...parsed.data.agent, spool: undefined } });
    if (known !== undefined) {
      collector.duplicates += 1;
      if (known !== content) collector.conflicts.push(`${key} came with another content`);
      return 200;
    }
    seen.set(key, content);
    collector.reports.push(parsed.data);
    for (const { remoteAddress, connections } of flows) {
      collector.applied.set(remoteAddress, (collector.applied.get(remoteAddress) ?? 0) + connections);
    }
    return 200;
  };

  server.on("request", (request, response) => {
    const chunks: Buffer[] = [];
    request.on("error", () => {});
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const status = take(Buffer.concat(chunks));
      const answer = { applied: true, duplicate: false, rejected: [], unknownKeys: 0, instructions: {} };
      response.writeHead(status, { "Content-Type": "application/json" });
      response.end(JSON.stringify(status === 200 ? answer : { title: "no" }));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the collector double has no port");
  collector.url = `http://127.0.0.1:${address.port}`;
  return collector;
}
