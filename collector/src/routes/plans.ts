import { PlanDocument, PlanList, PlanQuery, PlanRequest } from "@portolan/api";
import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { z } from "zod";
import { changeRates } from "../analysis/change-rates.ts";
import { createPlan } from "../analysis/create-plan.ts";
import { ApiError } from "../errors.ts";
import { actorOf } from "../plugins/access.ts";
import { pageOf } from "../plugins/page.ts";
import type { StoredPlan } from "../storage/knowledge.ts";

/** A plan and the files that it names. */
const BODY_LIMIT = 16 * 1024 * 1024;

const documentOf = (plan: StoredPlan) => plan.document as PlanDocument;

export const planRoutes: FastifyPluginAsyncZod = async (app) => {
  const { storage, analyses, clock } = app.context;

  app.post(
    "/plans",
    {
      config: { access: "editor" },
      bodyLimit: BODY_LIMIT,
      schema: {
        tags: ["plans"],
        summary: "Groups into waves, by plan.yaml as JSON and the files that it names",
        body: PlanRequest,
        response: { 201: PlanDocument },
      },
    },
    async (request, reply) => {
      const now = clock();
      const facts = {
        changedGBPerDay: await changeRates(storage, now),
        addressDependencies: await storage.listAddressDependencies(),
      };
      const plan = createPlan(await analyses.current(), request.body, facts, now);
      await storage.savePlan(plan, actorOf(request));
      return reply.code(201).send(documentOf(plan));
    },
  );

  app.get(
    "/plans",
    {
      config: { access: "viewer" },
      schema: { tags: ["plans"], summary: "Plans, oldest first", querystring: PlanQuery, response: { 200: PlanList } },
    },
    async (request) => pageOf((await storage.listPlans()).map(documentOf), request.query),
  );

  app.get(
    "/plans/:id",
    {
      config: { access: "viewer" },
      schema: {
        tags: ["plans"],
        summary: "One plan",
        params: z.object({ id: z.string() }),
        response: { 200: PlanDocument },
      },
    },
    async (request) => {
      const plan = await storage.readPlan(request.params.id);
      if (!plan) throw new ApiError("not_found", `no plan has the id ${JSON.stringify(request.params.id)}`);
      return documentOf(plan);
    },
  );
};
