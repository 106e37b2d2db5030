import { randomUUID } from "node:crypto";
import { TokenAnswer, TokenList, TokenQuery, TokenRequest } from "@portolan/api";
import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { z } from "zod";
import { ApiError } from "../errors.ts";
import { actorOf } from "../plugins/access.ts";
import { pageOf } from "../plugins/page.ts";
import type { TokenRecord } from "../storage/access.ts";
import { encodeToken, hashSecret, newSecret } from "../tokens/token-text.ts";
import { time } from "./time.ts";

const HOUR = 3_600_000;

function expiry(text: string | undefined, now: number): number | undefined {
  if (text === undefined) return undefined;
  return now + Number(text.slice(0, -1)) * HOUR * (text.endsWith("d") ? 24 : 1);
}

/** Keys that mean nothing for the kind asked for are refused: a role on an enrolment token would be a false promise. */
function checkKind(body: z.infer<typeof TokenRequest>): void {
  const foreign = body.kind === "api" ? (["uses", "site"] as const) : (["role"] as const);
  const issues = foreign
    .filter((key) => body[key] !== undefined)
    .map((key) => ({
      path: key,
      value: String(body[key]),
      reason: `expected nothing: a token of kind ${body.kind} has no ${key}`,
    }));
  if (issues.length > 0) throw new ApiError("invalid_request", undefined, issues);
}

function present(token: TokenRecord) {
  const { createdAt, expiresAt, revokedAt, ...rest } = token;
  return {
    ...rest,
    createdAt: time(createdAt),
    ...(expiresAt !== undefined && { expiresAt: time(expiresAt) }),
    ...(revokedAt !== undefined && { revokedAt: time(revokedAt) }),
  };
}

export const tokenRoutes: FastifyPluginAsyncZod = async (app) => {
  const { storage, clock, publicUrl, caSha256 } = app.context;

  app.post(
    "/tokens",
    {
      config: { access: "admin" },
      schema: {
        tags: ["operations"],
        summary: "Makes a token; its secret is shown only now",
        body: TokenRequest,
        response: { 201: TokenAnswer },
      },
    },
    async (request, reply) => {
      checkKind(request.body);
      const { kind, role, uses, site } = request.body;
      const now = clock();
      const expiresAt = expiry(request.body.expires, now);
      const secret = newSecret();
      const token: TokenRecord = {
        id: `t-${randomUUID().slice(0, 8)}`,
        kind,
        ...(kind === "api" && { role: role ?? "viewer" }),
        ...(site !== undefined && { site }),
        ...(uses !== undefined && { usesLeft: uses }),
        createdAt: now,
        ...(expiresAt !== undefined && { expiresAt }),
      };
      await storage.createToken({ ...token, hash: hashSecret(secret) }, actorOf(request));
      const text = encodeToken({ url: publicUrl, secret, ...(caSha256 !== undefined && { caSha256 }) });
      return reply.code(201).send({ id: token.id, token: text });
    },
  );

  app.get(
    "/tokens",
    {
      config: { access: "admin" },
      schema: {
        tags: ["operations"],
        summary: "Tokens, without secrets",
        querystring: TokenQuery,
        response: { 200: TokenList },
      },
    },
    async (request) => pageOf((await storage.listTokens()).map(present), request.query),
  );

  app.delete(
    "/tokens/:id",
    {
      config: { access: "admin" },
      schema: {
        tags: ["operations"],
        summary: "Revokes a token",
        params: z.object({ id: z.string() }),
        response: { 204: z.null() },
      },
    },
    async (request, reply) => {
      const found = await storage.revokeToken(request.params.id, clock(), actorOf(request));
      if (!found) throw new ApiError("not_found", `no token has the id ${JSON.stringify(request.params.id)}`);
      return reply.code(204).send(null);
    },
  );
};
