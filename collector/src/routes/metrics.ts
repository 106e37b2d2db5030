import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";

const PROMETHEUS_TEXT = "text/plain; version=0.0.4; charset=utf-8";

/** Outside /api/v1, where Prometheus looks; it tells of the estate's size, so it needs a token like every list. */
export const metricsRoutes: FastifyPluginAsyncZod = async (app) => {
  app.get(
    "/metrics",
    {
      config: { access: "viewer" },
      schema: { tags: ["operations"], summary: "Figures of this collector, as Prometheus text" },
    },
    async (_request, reply) => {
      return reply.type(PROMETHEUS_TEXT).send(await app.metrics.text());
    },
  );
};
