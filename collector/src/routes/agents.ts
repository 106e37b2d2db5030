import { randomUUID } from "node:crypto";
import { AgentList, AgentQuery, AuditList, AuditQuery } from "@portolan/api";
import { hostNames } from "@portolan/export";
import { EnrolmentAnswer, EnrolmentRequest } from "@portolan/protocol";
import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { ApiError } from "../errors.ts";
import { DEFAULT_SITE } from "../imports/default-site.ts";
import { pageOf } from "../plugins/page.ts";
import { hashSecret, newSecret } from "../tokens/token-text.ts";
import { time } from "./time.ts";

/** An agent that did not report for this long may be replaced by a new enrolment of the same machine. */
const SILENT_MS = 15 * 60_000;

export const agentRoutes: FastifyPluginAsyncZod = async (app) => {
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
        ({ hostId, enrolledAt, lastReportAt, skewMs, retiredAt, ...agent }) => ({
          id: agent.id,
          site: agent.site,
          version: agent.version,
          host: names.get(hostId) ?? hostId,
          enrolledAt: time(enrolledAt),
          ...(lastReportAt !== undefined && { lastReportAt: time(lastReportAt) }),
          ...(skewMs !== undefined && { skewMs }),
          ...(retiredAt !== undefined && { retiredAt: time(retiredAt) }),
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
