import { ReportAnswer } from "@portolan/protocol";
import type { FastifyRequest } from "fastify";
import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { z } from "zod";
import { ApiError } from "../errors.ts";
import { acceptReport } from "../ingest/accept-report.ts";
import { admission } from "../ingest/admission.ts";
import { decodeBody, REPORT_BODY_LIMIT } from "../ingest/decode-body.ts";

declare module "fastify" {
  interface FastifyRequest {
    /** Of a report that the storage judged. */
    ingest: { outcome: "applied" | "duplicate" | "conflict"; rejectedItems: number } | undefined;
    ingestStartedAt: number | undefined;
    /** When its head was here: the body may take long, and that is no skew. Milliseconds since 1970 UTC. */
    arrivedAt: number;
  }
}

/** The agent's clock, whole seconds; nothing where a proxy took the header away. */
function clockOf(date: string | undefined): { sentAt?: number } {
  const sentAt = Date.parse(date ?? "");
  return Number.isNaN(sentAt) ? {} : { sentAt };
}

export const reportRoutes: FastifyPluginAsyncZod = async (app) => {
  const { storage, clock } = app.context;
  const whereThereIsRoom = admission();
  app.removeContentTypeParser("application/json");
  app.addContentTypeParser(
    "application/json",
    { parseAs: "buffer", bodyLimit: REPORT_BODY_LIMIT },
    (_request, body, done) => done(null, body),
  );

  app.decorateRequest("ingest", undefined);
  app.decorateRequest("ingestStartedAt", undefined);
  app.decorateRequest("arrivedAt", 0);
  app.addHook("onRequest", async (request) => {
    request.arrivedAt = clock();
  });
  // Also of what was refused before the route had its turn: no agent's secret, too large, no JSON.
  app.addHook("onResponse", async (request) => {
    const { outcome, rejectedItems } = request.ingest ?? { outcome: "refused", rejectedItems: 0 };
    const started = request.ingestStartedAt;
    app.metrics.report(
      outcome,
      rejectedItems,
      started === undefined ? undefined : (performance.now() - started) / 1000,
    );
  });

  app.post(
    "/reports",
    {
      config: { access: "agent" },
      bodyLimit: REPORT_BODY_LIMIT,
      schema: {
        tags: ["agents"],
        summary: "One report; answered after it is durable",
        description: "JSON as in docs/protocol.md, plain or with Content-Encoding gzip or zstd.",
        body: z.instanceof(Buffer),
        response: { 200: ReportAnswer },
      },
    },
    whereThereIsRoom(async (request: FastifyRequest<{ Body: Buffer }>) => {
      const receivedAt = request.arrivedAt;
      request.ingestStartedAt = performance.now();

      const agentId = request.caller?.agentId;
      const timeZoneOfSite = agentId === undefined ? undefined : await storage.timeZoneOfAgent(agentId);
      if (agentId === undefined || timeZoneOfSite === undefined)
        throw new ApiError("unauthorised", "this agent was retired: enrol it again");
      const body = await decodeBody(request.body, request.headers["content-encoding"]);
      const outcome = acceptReport(body, {
        receivedAt,
        timeZoneOfSite,
        agentId,
        ...clockOf(request.headers.date),
      });
      if (!outcome.ok) throw new ApiError(outcome.code, undefined, outcome.issues);
      const [result] = await storage.saveReports([outcome.report]);
      if (!result || result.error) throw result?.error ?? new Error("the storage gave no result");
      const { number, epoch } = outcome.report;
      if (result.conflict && result.applied)
        request.log.warn(
          { agent: agentId, epoch, number },
          "a report came under a used number with another content: a cloned machine, or one put back to a snapshot; it is kept, and the sender gets numbers of its own",
        );
      if (result.clone !== undefined)
        request.log.warn(
          { agent: agentId, epoch, host: result.clone },
          "two machines run with one agent's identity: the clone has a host of its own from now on; enrol it anew with portolan-agent enrol --force",
        );
      request.ingest = {
        outcome: result.conflict ? "conflict" : result.applied ? "applied" : "duplicate",
        rejectedItems: outcome.rejected.length,
      };
      for (const rejection of outcome.rejected) request.log.info({ agent: agentId, ...rejection }, "rejected an item");
      return {
        applied: result.applied,
        duplicate: result.duplicate,
        rejected: outcome.rejected,
        unknownKeys: outcome.unknownKeys,
        instructions: {
          ...(result.missing.length > 0 && { resend: result.missing }),
          ...(result.conflict && { newEpoch: true }),
        },
      };
    }),
  );
};
