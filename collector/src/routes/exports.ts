import { PassThrough, Readable } from "node:stream";
import { DependencyExportQuery, DirectoryExportQuery, FirewallExportQuery, PlanExportQuery } from "@portolan/api";
import {
  dependenciesCsv,
  dependenciesJson,
  directoryCsv,
  firewallCsv,
  firewallJson,
  graphCsv,
  graphJson,
  writeFirewallXlsx,
} from "@portolan/export";
import type { FastifyReply } from "fastify";
import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { listAddressDependencies } from "../analysis/address-dependencies.ts";
import { firewallOf, type FirewallWish } from "../analysis/firewall-of.ts";
import { graphViewOf } from "../analysis/graph-of.ts";
import type { PeriodQuery } from "../analysis/period.ts";
import { ApiError } from "../errors.ts";
import { periodOf } from "../plugins/period.ts";

const TYPES = {
  csv: "text/csv; charset=utf-8",
  json: "application/json; charset=utf-8",
  xlsx: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
} as const;

function attach(reply: FastifyReply, name: string, format: keyof typeof TYPES): FastifyReply {
  return reply.type(TYPES[format]).header("content-disposition", `attachment; filename="${name}.${format}"`);
}

const pretty = (document: unknown) => `${JSON.stringify(document, null, 2)}\n`;

export const exportRoutes: FastifyPluginAsyncZod = async (app) => {
  const { storage, analyses, clock } = app.context;
  const analysisOf = async (query: PeriodQuery) => analyses.of((await periodOf(app.context, query)).period);

  async function documentOf(query: FirewallWish & PeriodQuery, listsAddresses: boolean) {
    const analysis = await analysisOf(query);
    if (!listsAddresses) return firewallOf(analysis, query, clock());
    const addresses = listAddressDependencies(analysis, await storage.listAddressDependencies());
    return firewallOf(analysis, query, clock(), addresses);
  }

  app.get(
    "/exports/dependencies",
    {
      config: { access: "viewer" },
      schema: {
        tags: ["exports"],
        summary: "The map as a file; with a level as a graph",
        querystring: DependencyExportQuery,
      },
    },
    async (request, reply) => {
      const { format, level } = request.query;
      const analysis = await analysisOf(request.query);
      void attach(reply, "dependencies", format);
      if (level === undefined) {
        const dependencies = analysis.dependencies.all();
        if (format === "csv") return reply.send(Readable.from(dependenciesCsv(dependencies, analysis.hosts)));
        return reply.send(pretty(dependenciesJson(dependencies, analysis.hosts)));
      }
      const view = graphViewOf(analysis, level);
      return reply.send(format === "csv" ? Readable.from(graphCsv(view)) : pretty(graphJson(view)));
    },
  );

  app.get(
    "/exports/firewall",
    {
      config: { access: "viewer" },
      schema: { tags: ["exports"], summary: "Firewall requirements as a file", querystring: FirewallExportQuery },
    },
    async (request, reply) => {
      const { format } = request.query;
      const document = await documentOf(request.query, format === "xlsx");
      void attach(reply, "firewall", format);
      if (format === "csv") return reply.send(Readable.from(firewallCsv(document)));
      if (format === "json") return reply.send(pretty(firewallJson(document)));
      const stream = new PassThrough();
      writeFirewallXlsx(document, stream).catch((error: Error) => stream.destroy(error));
      return reply.send(stream);
    },
  );

  app.get(
    "/exports/directory",
    {
      config: { access: "viewer" },
      schema: {
        tags: ["exports"],
        summary: "The sheet Active Directory of the firewall requirements as a file",
        querystring: DirectoryExportQuery,
      },
    },
    async (request, reply) => {
      const document = await documentOf(request.query, true);
      return attach(reply, "active-directory", request.query.format).send(Readable.from(directoryCsv(document)));
    },
  );

  app.get(
    "/exports/plan",
    {
      config: { access: "viewer" },
      schema: { tags: ["exports"], summary: "A plan as a file", querystring: PlanExportQuery },
    },
    async (request, reply) => {
      const plan = await storage.readPlan(request.query.id);
      if (!plan) throw new ApiError("not_found", `no plan has the id ${JSON.stringify(request.query.id)}`);
      return attach(reply, `plan-${plan.id}`, request.query.format).send(pretty(plan.document));
    },
  );
};
