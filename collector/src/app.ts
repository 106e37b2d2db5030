import helmet from "@fastify/helmet";
import fastify, { LogController, type FastifyBaseLogger, type FastifyInstance, type FastifyReply } from "fastify";
import { serializerCompiler, validatorCompiler, type ZodTypeProvider } from "fastify-type-provider-zod";
import { ApiError } from "./errors.ts";
import { accessPlugin } from "./plugins/access.ts";
import {
  answerClientError,
  connectionsPlugin,
  FASTIFY_OPTIONS,
  SERVER_OPTIONS,
  TLS_OPTIONS,
} from "./plugins/connections.ts";
import { contextPlugin, type Context } from "./plugins/context.ts";
import { forwardPlugin, type SocketFor } from "./plugins/forward.ts";
import { metricsPlugin } from "./plugins/metrics.ts";
import { openapiPlugin } from "./plugins/openapi.ts";
import { problemsPlugin } from "./plugins/problems.ts";
import { agentRoutes } from "./routes/agents.ts";
import { backupRoutes } from "./routes/backups.ts";
import { correctionRoutes } from "./routes/corrections.ts";
import { directoryRoutes } from "./routes/directory.ts";
import { enrolmentRoutes } from "./routes/enrolments.ts";
import { evidenceRoutes } from "./routes/evidence.ts";
import { exportRoutes } from "./routes/exports.ts";
import { firewallRoutes } from "./routes/firewall.ts";
import { graphRoutes } from "./routes/graph.ts";
import { healthRoutes } from "./routes/health.ts";
import { hostRoutes } from "./routes/hosts.ts";
import { importRoutes } from "./routes/imports.ts";
import { loadRoutes } from "./routes/load.ts";
import { metricsRoutes } from "./routes/metrics.ts";
import { planRoutes } from "./routes/plans.ts";
import { reportRoutes } from "./routes/reports.ts";
import { softwareRoutes } from "./routes/software.ts";
import { tokenRoutes } from "./routes/tokens.ts";
import { zoneRoutes } from "./routes/zones.ts";

export interface AppOptions {
  context: Context;
  version: string;
  logger?: FastifyBaseLogger;
  tls?: { key: string; cert: string } | undefined;
  /**
   * Local socket of the thread that takes a request of the API. This app then keeps to itself what agents send, and
   * forwards the rest: no list, graph or spreadsheet stands between an agent and its answer.
   */
  forwardTo?: SocketFor;
}

const FOR_AGENTS = [enrolmentRoutes, reportRoutes];

const API = [
  ...FOR_AGENTS,
  agentRoutes,
  backupRoutes,
  correctionRoutes,
  directoryRoutes,
  evidenceRoutes,
  exportRoutes,
  firewallRoutes,
  graphRoutes,
  hostRoutes,
  importRoutes,
  loadRoutes,
  planRoutes,
  softwareRoutes,
  tokenRoutes,
  zoneRoutes,
];

/** Builds the collector without listening: `main.ts` listens, tests inject. */
export async function buildApp(options: AppOptions): Promise<FastifyInstance> {
  const app = fastify({
    ...(options.logger && { loggerInstance: options.logger }),
    ...(options.tls
      ? { https: { key: options.tls.key, cert: options.tls.cert, ...TLS_OPTIONS } }
      : { http: SERVER_OPTIONS }),
    ...FASTIFY_OPTIONS,
    clientErrorHandler: answerClientError,
    routerOptions: { maxParamLength: 300 },
    // An address that no route can read comes here and not to the error handler.
    frameworkErrors: (error, _request, reply: unknown) => {
      const problem = new ApiError("invalid_request", error.message).toProblem();
      void (reply as FastifyReply).code(problem.status).type("application/problem+json").send(JSON.stringify(problem));
    },
    // A report each minute from each agent: one line each would bury what matters.
    logController: new LogController({ disableRequestLogging: true }),
  }).withTypeProvider<ZodTypeProvider>() as unknown as FastifyInstance;
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  await app.register(problemsPlugin);
  await app.register(connectionsPlugin);
  await app.register(contextPlugin, options.context);
  await app.register(metricsPlugin);
  if (options.forwardTo !== undefined) {
    await app.register(helmet, { global: true, contentSecurityPolicy: false });
    await app.register(accessPlugin);
    await app.register(healthRoutes);
    // Here and not behind: this app counts the reports.
    await app.register(metricsRoutes);
    for (const routes of FOR_AGENTS) await app.register(routes, { prefix: "/api/v1" });
    await app.register(forwardPlugin, { socketFor: options.forwardTo });
    return app;
  }
  // The documentation's own files state no access; everything after this line must.
  await app.register(openapiPlugin, { version: options.version });
  await app.register(helmet, { global: true, contentSecurityPolicy: false });
  await app.register(accessPlugin);
  await app.register(healthRoutes);
  await app.register(metricsRoutes);
  for (const routes of API) await app.register(routes, { prefix: "/api/v1" });
  app.get("/api/v1/openapi.json", { config: { access: "public" }, schema: { hide: true } }, async () => app.swagger());
  return app;
}
