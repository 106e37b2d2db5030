import swagger from "@fastify/swagger";
import swaggerUi from "@fastify/swagger-ui";
import fp from "fastify-plugin";
import { jsonSchemaTransform } from "fastify-type-provider-zod";

/** The description at /api/v1/openapi.json and its readable page at /api/docs. */
export const openapiPlugin = fp(async (app, options: { version: string }) => {
  await app.register(swagger, {
    openapi: {
      openapi: "3.1.0",
      info: {
        title: "Portolan collector",
        version: options.version,
        description:
          "Hosts, listeners, flows and dependencies as the agents saw them, and what follows from them. " +
          "Errors are application/problem+json with a stable code. Times are RFC 3339 UTC.",
      },
      components: {
        securitySchemes: { bearer: { type: "http", scheme: "bearer", description: "A token or its secret." } },
      },
    },
    transform: jsonSchemaTransform,
  });
  await app.register(swaggerUi, {
    routePrefix: "/api/docs",
    staticCSP: true,
    // No badge from elsewhere: the page must work where nothing but the collector can be reached.
    uiConfig: { docExpansion: "list", deepLinking: true, validatorUrl: null },
  });
});
