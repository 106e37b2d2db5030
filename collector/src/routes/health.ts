import { Health } from "@portolan/api";
import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";

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
      schema: { tags: ["operations"], summary: "The storage answers", response: { 200: Health, 503: Health } },
    },
    async (request, reply) => {
      try {
        await app.context.storage.revision();
        return { status: "ok" as const };
      } catch (error) {
        request.log.error({ err: error }, "the storage does not answer");
        return reply.code(503).send({ status: "failing" as const });
      }
    },
  );
};
