import { AgentList, AgentQuery, AuditList, AuditQuery } from "@portolan/api";
import { hostNames } from "@portolan/export";
import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { pageOf } from "../plugins/page.ts";
import { time } from "./time.ts";

export const agentRoutes: FastifyPluginAsyncZod = async (app) => {
  const { storage } = app.context;

  app.get(
    "/agents",
    {
      config: { access: "viewer" },
      schema: {
        tags: ["agents"],
        summary: "Agents, and when each last reported",
        querystring: AgentQuery,
        response: { 200: AgentList },
      },
    },
    async (request) => {
      const names = hostNames(await storage.listHosts());
      const agents = (await storage.listAgents()).map(
        ({ id, site, version, hostId, enrolledAt, lastReportAt, skewMs, retiredAt, ...counts }) => ({
          id,
          site,
          version,
          host: names.get(hostId) ?? hostId,
          enrolledAt: time(enrolledAt),
          ...(lastReportAt !== undefined && { lastReportAt: time(lastReportAt) }),
          ...(skewMs !== undefined && { skewMs }),
          ...(retiredAt !== undefined && { retiredAt: time(retiredAt) }),
          ...counts,
        }),
      );
      return pageOf(agents, request.query);
    },
  );

  app.get(
    "/audit",
    {
      config: { access: "admin" },
      schema: {
        tags: ["operations"],
        summary: "Who did what, newest first",
        querystring: AuditQuery,
        response: { 200: AuditList },
      },
    },
    async (request) => {
      const entries = await storage.listAudit(request.query.limit);
      return { items: entries.map((entry) => ({ ...entry, at: time(entry.at) })), nextCursor: null };
    },
  );
};
