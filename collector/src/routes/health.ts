import { Health } from "@portolan/api";
import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { StorageUnavailableError } from "../storage/errors.ts";

/** Outside /api/v1: for load balancers and service managers. */
export const healthRoutes: FastifyPluginAsyncZod = async (app) => {
  app.get(
    "/healthz",
    {
      config: { access: "public" },
      schema: { tags: ["operations"], summary: "The process answers", response: { 200: Health } },
    },
    async () => ({ status: "ok" as const }),
  );
  app.get(
    "/readyz",
    {
      config: { access: "public" },
      schema: {
        tags: ["operations"],
        summary: "The storage answers and takes reports",
        response: { 200: Health, 503: Health },
      },
    },
    async (request, reply) => {
      try {
        await app.context.storage.revision();
        const reason = await app.context.storage.refusal();
        if (reason === undefined) return { status: "ok" as const };
        return reply.code(503).send({ status: "failing" as const, reason });
      } catch (error) {
        if (error instanceof StorageUnavailableError)
          return reply.code(503).send({ status: "failing" as const, reason: error.reason });
        request.log.error({ err: error }, "the storage does not answer");
        return reply.code(503).send({ status: "failing" as const });
      }
    },
  );
};
