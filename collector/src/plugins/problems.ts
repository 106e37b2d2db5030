import type { FastifyError, FastifyInstance } from "fastify";
import { hasZodFastifySchemaValidationErrors } from "fastify-type-provider-zod";
import fp from "fastify-plugin";
import { ApiError, type Issue } from "../errors.ts";

/** What Fastify itself throws, in the terms of our table. */
function translate(error: FastifyError): ApiError | undefined {
  if (error instanceof ApiError) return error;
  if (hasZodFastifySchemaValidationErrors(error)) {
    const issues = error.validation.map((entry): Issue => {
      const path = entry.instancePath.replace(/^\//, "").replaceAll("/", ".");
      return {
        path: path === "" ? (error.validationContext ?? "body") : path,
        reason: entry.message ?? "not as expected",
      };
    });
    return new ApiError("invalid_request", undefined, issues);
  }
  switch (error.statusCode) {
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
  app.setErrorHandler<FastifyError>((error, request, reply) => {
    const known = translate(error);
    if (!known) request.log.error({ err: error }, "request failed");
    const problem = (known ?? new ApiError("internal")).toProblem();
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
