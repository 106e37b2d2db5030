import { STATUS_CODES } from "node:http";
import type { Socket } from "node:net";
import type { FastifyInstance } from "fastify";
import fp from "fastify-plugin";
import { ApiError } from "../errors.ts";
import { freeMemory } from "../ingest/free-memory.ts";

const SECOND = 1000;

/** How long a sender may take over what costs the collector a connection and no work. Bodies of agents have limits of their own. */
const TIMES = {
  /** From the first byte of a request, or from the start of the connection, to the end of its headers. */
  headers: 20 * SECOND,
  /** To the end of the body, whatever it is: an import of 512 MiB at 5 Mbit/s. */
  request: 900 * SECOND,
  /** Between two requests: an agent reports each minute, with jitter, and a new connection costs both ends a TLS handshake. */
  idle: 120 * SECOND,
  handshake: 10 * SECOND,
  /** How often Node looks whether one of the first two is over. */
  look: 2 * SECOND,
  /** For what a sender still sends after its answer, so that it gets to read that. */
  leftover: 5 * SECOND,
} as const;

/** Of the HTTP server, TLS or not; `handshakeTimeout` means nothing without. */
export const SERVER_OPTIONS = { headersTimeout: TIMES.headers, connectionsCheckingInterval: TIMES.look } as const;
export const TLS_OPTIONS = { ...SERVER_OPTIONS, handshakeTimeout: TIMES.handshake, minVersion: "TLSv1.2" } as const;
export const FASTIFY_OPTIONS = { requestTimeout: TIMES.request, keepAliveTimeout: TIMES.idle } as const;

function problemOf(code: string | undefined): ApiError {
  if (code === "ERR_HTTP_REQUEST_TIMEOUT") return new ApiError("too_slow");
  if (code === "HPE_HEADER_OVERFLOW") return new ApiError("headers_too_large");
  const reason = code === undefined ? "" : ` (${code})`;
  return new ApiError("invalid_request", `the bytes on this connection are not an HTTP request${reason}`);
}

/** Answers what is no request at all, as a problem like every other error, and ends the connection. */
export function answerClientError(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === "ECONNRESET" || socket.destroyed) return;
  if (socket.writable) {
    const problem = problemOf(error.code).toProblem();
    const body = JSON.stringify(problem);
    const status = `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status]}`;
    const headers = `Content-Type: application/problem+json\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close`;
    socket.write(`${status}\r\n${headers}\r\n\r\n${body}`);
  }
  socket.destroy(error);
}

/** What a sender still sends of a body that was refused is thrown away, for a while: then its connection ends. */
export const connectionsPlugin = fp(async (app: FastifyInstance) => {
  app.addHook("onError", async ({ raw }) => {
    // Node would throw it away too, and its memory at some later collection.
    if (!raw.complete) raw.on("data", freeMemory);
  });
  app.addHook("onRequest", async ({ raw }, reply) => {
    reply.raw.once("finish", () => {
      if (raw.complete) return;
      const limit = setTimeout(() => raw.complete || raw.destroy(), TIMES.leftover);
      limit.unref();
    });
  });
});
