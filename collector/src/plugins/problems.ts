import type { FastifyError, FastifyInstance, FastifyRequest } from "fastify";
import { hasZodFastifySchemaValidationErrors } from "fastify-type-provider-zod";
import fp from "fastify-plugin";
import { ApiError, type Issue } from "../errors.ts";
import { StorageUnavailableError } from "../storage/errors.ts";
import type { UnavailableReason } from "../storage/errors.ts";

const RETRY_AFTER_SECONDS = 30;
const LONGEST_VALUE = 100;
/** Every agent's report fails alike while the disk is full: one line, and again from time to time. */
const TELL_AGAIN_MS = 10 * 60_000;

/** What came where something else was expected: "issues[].value". */
function valueAt(request: FastifyRequest, context: string | undefined, path: readonly string[]): string | undefined {
  let value: unknown = {
    body: request.body,
    querystring: request.query,
    params: request.params,
    headers: request.headers,
  }[context ?? ""];
  for (const key of path) value = (value as Record<string, unknown> | undefined)?.[key];
  if (value === undefined || path.length === 0) return undefined;
  if (typeof value === "string") return value.slice(0, LONGEST_VALUE);
  try {
    return JSON.stringify(value).slice(0, LONGEST_VALUE);
  } catch {
    // Nested too deeply to be written.
    return undefined;
  }
}

/** What Fastify itself throws, in the terms of our table. */
function translate(error: FastifyError, request: FastifyRequest): ApiError | undefined {
  if (error instanceof ApiError) return error;
  if (error instanceof StorageUnavailableError) return new ApiError("storage_unavailable", error.message);
  if (hasZodFastifySchemaValidationErrors(error)) {
    const issues = error.validation.map((entry): Issue => {
      const path = entry.instancePath.split("/").slice(1);
      const value = valueAt(request, error.validationContext, path);
      return {
        path: path.length === 0 ? (error.validationContext ?? "body") : path.join("."),
        ...(value !== undefined && { value }),
        reason: entry.message ?? "not as expected",
      };
    });
    return new ApiError("invalid_request", undefined, issues);
  }
  switch (error.statusCode) {
    case 408:
      return new ApiError("too_slow", error.message);
    case 400:
      return new ApiError("invalid_request", error.message);
    case 413:
      return new ApiError("too_large", error.message);
    case 415:
      return new ApiError("unsupported_media_type", error.message);
    default:
      return undefined;
  }
}

/** Errors as application/problem+json (RFC 9457). An unexpected one is logged whole and told without its insides. */
export const problemsPlugin = fp(async (app: FastifyInstance) => {
  let told: { reason: UnavailableReason; at: number } | undefined;
  function tellOnce({ reason, message }: StorageUnavailableError, request: FastifyRequest): void {
    const at = performance.now();
    if (told?.reason === reason && at - told.at < TELL_AGAIN_MS) return;
    told = { reason, at };
    request.log.error({ reason }, message);
  }
  app.addHook("onResponse", async (request, reply) => {
    if (!told || request.method === "GET" || reply.statusCode >= 300) return;
    told = undefined;
    request.log.info("the storage takes what comes again");
  });
  app.setErrorHandler<FastifyError>((error, request, reply) => {
    const known = translate(error, request);
    if (error instanceof StorageUnavailableError) tellOnce(error, request);
    if (!known) request.log.error({ err: error }, "request failed");
    const problem = (known ?? new ApiError("internal")).toProblem();
    // Whoever sent something keeps it and comes back.
    if (problem.status === 503) void reply.header("retry-after", RETRY_AFTER_SECONDS);
    // Closed at once, a sender that still sends would see a reset and not the answer; plugins/connections.ts limits that.
    if (problem.status === 408) void reply.header("connection", "close");
    else void reply.removeHeader("connection");
    return reply.code(problem.status).type("application/problem+json").send(JSON.stringify(problem));
  });
  app.setNotFoundHandler((request, reply) => {
    const problem = new ApiError(
      "not_found",
      `there is no ${request.method} ${request.url.split("?", 1)[0]}`,
    ).toProblem();
    return reply.code(404).type("application/problem+json").send(JSON.stringify(problem));
  });
});
