import { randomUUID } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { EnrolmentAnswer, EnrolmentRequest } from "@portolan/protocol";
import type { FastifyRequest } from "fastify";
import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { ApiError } from "../errors.ts";
import { DEFAULT_SITE } from "../imports/default-site.ts";
import { bodyRoom } from "../ingest/body-room.ts";
import { decodeBody, ENROLMENT_BODY } from "../ingest/decode-body.ts";
import { readBody } from "../ingest/read-body.ts";
import { hashSecret, newSecret } from "../tokens/token-text.ts";

/** An agent that did not report for this long may be replaced by a new enrolment of the same machine. */
const SILENT_MS = 15 * 60_000;

/** From the headers to the last byte; an agent gives up after as long. */
const BODY_WITHIN_MS = 10_000;
/** An enrolment is too small to wait for any. */
const NO_ROOM_NEEDED = bodyRoom(ENROLMENT_BODY.limit);

export const enrolmentRoutes: FastifyPluginAsyncZod = async (app) => {
  const { storage, clock } = app.context;

  app.removeAllContentTypeParsers();
  app.addContentTypeParser("application/json", async (request: FastifyRequest, payload: IncomingMessage) => {
    const { limit } = ENROLMENT_BODY;
    const { body } = await readBody(payload, { limit, room: NO_ROOM_NEEDED, withinMs: BODY_WITHIN_MS });
    return decodeBody(body, request.headers["content-encoding"], ENROLMENT_BODY, (value) => value);
  });

  app.post(
    "/enrolments",
    {
      config: { access: "enrolment" },
      schema: {
        tags: ["agents"],
        summary: "An enrolment token for an agent's own secret",
        body: EnrolmentRequest,
        response: { 201: EnrolmentAnswer },
      },
    },
    async (request, reply) => {
      const token = request.caller;
      if (!token) throw new ApiError("unauthorised");
      const { hostname, machineId, timeZone, agentVersion } = request.body;
      const secret = newSecret();
      const agent = await storage.enrol(
        token.id,
        {
          agentId: randomUUID(),
          secretHash: hashSecret(secret),
          site: token.site ?? DEFAULT_SITE,
          hostname,
          ...(machineId !== undefined && { machineId }),
          timeZone,
          agentVersion,
          at: clock(),
        },
        clock() - SILENT_MS,
      );
      if (!agent) throw new ApiError("unauthorised", "this enrolment token has no use left");
      request.log.info({ agent: agent.id, host: hostname, site: agent.site }, "agent enrolled");
      return reply.code(201).send({ agentId: agent.id, secret, site: agent.site });
    },
  );
};
