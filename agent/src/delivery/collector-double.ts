import { type IncomingHttpHeaders, type Server, createServer } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { gunzipSync } from "node:zlib";
import type { Report } from "@portolan/protocol";

/** For tests: stands in for a collector and answers as it is told. */
export interface CollectorDouble {
  port: number;
  /** Every request so far, oldest first; `report` where the body was one. */
  requests: { path: string; headers: IncomingHttpHeaders; body: Buffer; report?: Report }[];
  /** Connections that were opened so far, also those that sent nothing. */
  connections: number;
  close(): Promise<void>;
}

export interface DoubleAnswer {
  status: number;
  body?: unknown;
  headers?: Record<string, string>;
}

/** The answer to a report that was taken. */
export function taken(extra: object = {}): DoubleAnswer {
  return {
    status: 200,
    body: { applied: true, duplicate: false, rejected: [], unknownKeys: 0, instructions: {}, ...extra },
  };
}

/** Listens on a free loopback port; `answer` says what to answer to the n-th request (n from 0), or nothing to hang up. */
export async function startCollectorDouble(
  answer: (n: number, report?: Report) => DoubleAnswer | undefined = () => taken(),
  tls?: { key: string; cert: string },
): Promise<CollectorDouble> {
  const double: CollectorDouble = { port: 0, requests: [], connections: 0, close: async () => {} };
  const server: Server = tls ? createTlsServer(tls) : createServer();
  server.on("connection", () => (double.connections += 1));
  server.on("request", (request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const body = Buffer.concat(chunks);
      const isReport = request.headers["content-encoding"] === "gzip";
      const report: Report | undefined = isReport ? JSON.parse(gunzipSync(body).toString()) : undefined;
      const { url: path = "", headers } = request;
      const count = double.requests.push({ path, headers, body, ...(report && { report }) });
      const told = answer(count - 1, report);
      if (told === undefined) return void request.socket.destroy();
      response.writeHead(told.status, { "Content-Type": "application/json", ...told.headers });
      return void response.end(JSON.stringify(told.body ?? {}));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address: AddressInfo | string | null = server.address();
  if (address === null || typeof address === "string") throw new Error("the double has no port");
  double.port = address.port;
  double.close = () =>
    new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  return double;
}
