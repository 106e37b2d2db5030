import type { FastifyInstance } from "fastify";
import fp from "fastify-plugin";
import type { AnalysisCache } from "../analysis/analysis-cache.ts";
import type { TokenRecord } from "../storage/access.ts";
import type { Storage } from "../storage/storage.ts";

/** What routes work with. */
export interface Context {
  storage: Storage;
  analyses: AnalysisCache;
  /** Milliseconds since 1970 UTC. */
  clock: () => number;
  publicUrl: string;
  caSha256: string | undefined;
}

declare module "fastify" {
  interface FastifyInstance {
    context: Context;
  }
  interface FastifyRequest {
    /** Who called; set for every route that is not public. */
    caller: TokenRecord | undefined;
  }
}

export const contextPlugin = fp(async (app: FastifyInstance, context: Context) => {
  app.decorate("context", context);
  app.decorateRequest("caller", undefined);
});
