import { ReportAnswer, type Rejection } from "@portolan/protocol";
import type { FastifyRequest } from "fastify";
import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { ApiError } from "../errors.ts";
import { acceptReport } from "../ingest/accept-report.ts";
import { admission } from "../ingest/admission.ts";
import { bodyRoom } from "../ingest/body-room.ts";
import { decodeBody, REPORT_BODY } from "../ingest/decode-body.ts";
import { readBody } from "../ingest/read-body.ts";

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

/** From a report's headers to its last byte: as long as an agent waits for the answer. */
const BODY_WITHIN_MS = 30_000;
/** For bodies over 64 KiB together, packed; the next waits to be read. Small ones need none. */
const ROOM_FOR_BODIES = REPORT_BODY.limit;
/** An agent takes no answer over 4 MB, and a log has better use for its lines. */
const MOST_REJECTIONS_TOLD = 1000;
const MOST_REJECTIONS_LOGGED = 5;

interface Arrival {
  body: Buffer;
  request: FastifyRequest;
  agentId: string;
  timeZoneOfSite: string;
}

/** The first so many; the last of these says how many more there are. */
function told(rejected: readonly Rejection[]): Rejection[] {
  if (rejected.length <= MOST_REJECTIONS_TOLD) return [...rejected];
  const shown = rejected.slice(0, MOST_REJECTIONS_TOLD - 1);
  return [...shown, { path: "", reason: `and ${rejected.length - shown.length} more` }];
}

export const reportRoutes: FastifyPluginAsyncZod = async (app) => {
  const { storage, clock } = app.context;
  const room = bodyRoom(ROOM_FOR_BODIES);
  const whereThereIsRoom = admission()(takeReport);
  app.removeAllContentTypeParsers();
  // The handler reads it: who may send it is known by then, and what it takes is given back when it is answered.
  app.addContentTypeParser("application/json", (_request, _payload, done) => done(null));

  async function takeReport({ body, request, agentId, timeZoneOfSite }: Arrival): Promise<ReportAnswer> {
    const receivedAt = request.arrivedAt;
    request.ingestStartedAt = performance.now();
    const sent = clockOf(request.headers.date);
    return decodeBody(body, request.headers["content-encoding"], REPORT_BODY, async (value) => {
      const outcome = acceptReport(value, { receivedAt, timeZoneOfSite, agentId, ...sent });
      if (!outcome.ok) throw new ApiError(outcome.code, undefined, outcome.issues);
      const { report, rejected, unknownKeys, spool } = outcome;
      const [result] = await storage.saveReports([report]);
      if (!result || result.error) throw result?.error ?? new Error("the storage gave no result");
      const { number, epoch } = report;
      app.metrics.arrived(agentId, { at: receivedAt, lagMs: receivedAt - report.window.to, spool });
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
        rejectedItems: rejected.length,
      };
      if (rejected.length > 0)
        request.log.info(
          { agent: agentId, items: rejected.length, first: rejected.slice(0, MOST_REJECTIONS_LOGGED) },
          "rejected items of a report",
        );
      return {
        applied: result.applied,
        duplicate: result.duplicate,
        rejected: told(rejected),
        unknownKeys,
        instructions: {
          ...(result.missing.length > 0 && { resend: result.missing }),
          ...(result.conflict && { newEpoch: true }),
        },
      };
    });
  }

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
      schema: {
        tags: ["agents"],
        summary: "One report; answered after it is durable",
        description: "JSON as in docs/protocol.md, plain or with Content-Encoding gzip or zstd.",
        consumes: ["application/json"],
        response: { 200: ReportAnswer },
      },
    },
    async (request) => {
      const agentId = request.caller?.agentId;
      const timeZoneOfSite = agentId === undefined ? undefined : await storage.timeZoneOfAgent(agentId);
      if (agentId === undefined || timeZoneOfSite === undefined)
        throw new ApiError("unauthorised", "this agent was retired: enrol it again");
      const limits = { limit: REPORT_BODY.limit, room, withinMs: BODY_WITHIN_MS };
      const { body, release } = await readBody(request.raw, limits);
      try {
        return await whereThereIsRoom({ body, request, agentId, timeZoneOfSite });
      } finally {
        release();
      }
    },
  );
};
