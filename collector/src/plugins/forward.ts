import { Agent, request as httpRequest, type IncomingMessage, type OutgoingHttpHeaders } from "node:http";
import { pipeline } from "node:stream";
import type { FastifyInstance } from "fastify";
import fp from "fastify-plugin";
import { ApiError } from "../errors.ts";

/** Of this connection, not of the message (RFC 9110 7.6.1), and `expect`, which was answered here. */
const HOP_BY_HOP = new Set(["connection", "keep-alive", "transfer-encoding", "te", "trailer", "upgrade", "expect"]);

function endToEnd({ headers }: IncomingMessage): OutgoingHttpHeaders {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !HOP_BY_HOP.has(name)));
}

/** Path of the local socket that takes a request. */
export type SocketFor = (method: string, url: string) => string;

/** Hands whatever no other route takes to the API on a local socket, bytes as they come, and its answer back. */
export const forwardPlugin = fp(async (app: FastifyInstance, { socketFor }: { socketFor: SocketFor }) => {
  const agent = new Agent({ keepAlive: true });
  app.addHook("onClose", async () => agent.destroy());
  await app.register(async (scope) => {
    // Nothing is read of a body here: the route that it is for decides how much it takes.
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser("*", (_request, _payload, done) => done(null));
    scope.all("/*", { config: { access: "public" }, bodyLimit: Number.MAX_SAFE_INTEGER }, async (request, reply) => {
      const { raw } = request;
      const headers = endToEnd(raw);
      const hasBody = raw.headers["content-length"] !== undefined || raw.headers["transfer-encoding"] !== undefined;
      const { method = "GET", url = "/" } = raw;
      const forwarded = httpRequest({ socketPath: socketFor(method, url), agent, method, path: url, headers });
      const answer = await new Promise<IncomingMessage>((resolve, reject) => {
        forwarded.on("response", resolve);
        forwarded.on("error", reject);
        reply.raw.on("close", () => forwarded.destroy());
        if (hasBody) pipeline(raw, forwarded, () => {});
        else forwarded.end();
      }).catch((error: unknown) => {
        request.log.warn({ err: error }, "the API's thread does not answer");
        throw new ApiError("storage_unavailable", "the collector is stopping");
      });
      reply.hijack();
      reply.raw.writeHead(answer.statusCode ?? 500, endToEnd(answer));
      pipeline(answer, reply.raw, () => {});
    });
  });
});
