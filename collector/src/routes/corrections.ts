import { MergeRequest } from "@portolan/api";
import type { FastifyRequest } from "fastify";
import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { z } from "zod";
import { ApiError } from "../errors.ts";
import { actorOf } from "../plugins/access.ts";

const Params = z.object({ id: z.string().max(40) });

function unknownHost(id: string): ApiError {
  return new ApiError("not_found", `no managed or imported host has the id ${JSON.stringify(id)}`);
}

/** What people correct about hosts; the evidence itself stays as it is. */
export const correctionRoutes: FastifyPluginAsyncZod = async (app) => {
  const { storage, analyses, clock } = app.context;
  const schema = { tags: ["knowledge"], params: Params, response: { 204: z.null() } };

  async function retire(request: FastifyRequest, id: string, isGone: boolean): Promise<void> {
    if (!(await storage.retireHost(id, isGone, clock(), actorOf(request)))) throw unknownHost(id);
    analyses.forget();
  }

  app.post(
    "/hosts/:id/retirement",
    { config: { access: "editor" }, schema: { ...schema, summary: "Marks a host as gone; its evidence stays" } },
    async (request, reply) => {
      await retire(request, request.params.id, true);
      return reply.code(204).send(null);
    },
  );

  app.delete(
    "/hosts/:id/retirement",
    { config: { access: "editor" }, schema: { ...schema, summary: "Takes a retirement back" } },
    async (request, reply) => {
      await retire(request, request.params.id, false);
      return reply.code(204).send(null);
    },
  );

  app.post(
    "/hosts/:id/merge",
    {
      config: { access: "editor" },
      schema: { ...schema, summary: "Makes this host one with another, under the other's id", body: MergeRequest },
    },
    async (request, reply) => {
      const { id } = request.params;
      const { into } = request.body;
      const outcome = await storage.mergeHosts(id, into, clock(), actorOf(request));
      if (outcome === "unknown") {
        const known = new Set((await storage.listHosts()).map((host) => host.id));
        throw unknownHost(known.has(id) ? into : id);
      }
      if (outcome !== "merged") {
        const reason = outcome === "same" ? "expected another host: these are one" : "expected a host of the same site";
        throw new ApiError("invalid_request", undefined, [{ path: "into", value: into, reason }]);
      }
      analyses.forget();
      return reply.code(204).send(null);
    },
  );

  app.delete(
    "/hosts/:id/merge",
    {
      config: { access: "editor" },
      schema: { ...schema, summary: "Undoes a merge: the host is one of its own again" },
    },
    async (request, reply) => {
      const { id } = request.params;
      if (!(await storage.splitHost(id, clock(), actorOf(request))))
        throw new ApiError("not_found", `no host with the id ${JSON.stringify(id)} was merged into another`);
      analyses.forget();
      return reply.code(204).send(null);
    },
  );
};
