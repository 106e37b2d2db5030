import { randomUUID } from "node:crypto";
import { EnrolmentAnswer, EnrolmentRequest } from "@portolan/protocol";
import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { ApiError } from "../errors.ts";
import { DEFAULT_SITE } from "../imports/default-site.ts";
import { hashSecret, newSecret } from "../tokens/token-text.ts";

/** An agent that did not report for this long may be replaced by a new enrolment of the same machine. */
const SILENT_MS = 15 * 60_000;

export const enrolmentRoutes: FastifyPluginAsyncZod = async (app) => {
  const { storage, clock } = app.context;

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
