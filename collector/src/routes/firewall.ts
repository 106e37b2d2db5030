import { BundleList, FirewallOptions, Matrix, RuleList, RuleQuery } from "@portolan/api";
import { bundleJson, matrixJson, ruleJson } from "@portolan/export";
import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { firewallOf, type FirewallWish } from "../analysis/firewall-of.ts";
import type { PeriodQuery } from "../analysis/period.ts";
import { pageOf } from "../plugins/page.ts";
import { periodOf } from "../plugins/period.ts";

export const firewallRoutes: FastifyPluginAsyncZod = async (app) => {
  const { analyses, clock } = app.context;

  async function derive(query: FirewallWish & PeriodQuery) {
    const { period } = await periodOf(app.context, query);
    return firewallOf(await analyses.of(period), query, clock());
  }

  app.get(
    "/firewall/rules",
    {
      config: { access: "viewer" },
      schema: {
        tags: ["firewall"],
        summary: "Firewall rules that the evidence needs",
        querystring: RuleQuery,
        response: { 200: RuleList },
      },
    },
    async (request) => {
      const { ruleSet } = await derive(request.query);
      return pageOf(ruleSet.rules.map(ruleJson), request.query);
    },
  );

  app.get(
    "/firewall/bundles",
    {
      config: { access: "viewer" },
      schema: {
        tags: ["firewall"],
        summary: "What members of a domain need of its controllers: the flows seen and the rest of Microsoft's list",
        querystring: RuleQuery,
        response: { 200: BundleList },
      },
    },
    async (request) => {
      const { ruleSet } = await derive(request.query);
      return pageOf(ruleSet.bundles.map(bundleJson), request.query);
    },
  );

  app.get(
    "/firewall/matrix",
    {
      config: { access: "viewer" },
      schema: {
        tags: ["firewall"],
        summary: "Rules and dependencies, zone by zone",
        querystring: FirewallOptions,
        response: { 200: Matrix },
      },
    },
    async (request) => {
      const { ruleSet } = await derive(request.query);
      const { items, zones } = matrixJson(ruleSet);
      return { zonesAreSegments: ruleSet.zonesAreSegments, zones, cells: items, unzoned: ruleSet.unzoned.length };
    },
  );
};
