import type { FastifyReply, FastifyRequest } from "fastify";
import fp from "fastify-plugin";
import { ApiError } from "../errors.ts";
import type { Actor, TokenRecord } from "../storage/access.ts";
import { seldom } from "./seldom.ts";
import { hashSecret, secretOf } from "../tokens/token-text.ts";

/** Who may call a route. A higher role may do what a lower one may; agents and enrolment tokens may do one thing only. */
type Access = "public" | "enrolment" | "agent" | "viewer" | "editor" | "admin";

const RANK = { viewer: 1, editor: 2, admin: 3 } as const;

declare module "fastify" {
  interface FastifyContextConfig {
    access?: Access;
  }
}

const SENTENCES: Record<Access, string> = {
  public: "May be called by anybody.",
  enrolment: "May be called with an enrolment token.",
  agent: "May be called by an enrolled agent, with its own secret.",
  viewer: "May be called with an API token of role viewer, editor or admin.",
  editor: "May be called with an API token of role editor or admin.",
  admin: "May be called with an API token of role admin.",
};

function allows(access: Access, token: TokenRecord): boolean {
  if (access === "enrolment" || access === "agent") return token.kind === access;
  if (access === "public") return true;
  return token.kind === "api" && RANK[token.role ?? "viewer"] >= RANK[access];
}

async function authenticate(request: FastifyRequest): Promise<TokenRecord> {
  const { storage, clock } = request.server.context;
  const [scheme, credential] = (request.headers.authorization ?? "").split(" ", 2);
  if (scheme?.toLowerCase() !== "bearer" || !credential)
    throw new ApiError("unauthorised", "expected the header Authorization: Bearer TOKEN");
  const token = await storage.findToken(hashSecret(secretOf(credential)));
  if (!token) throw new ApiError("unauthorised", "this token is unknown");
  if (token.revokedAt !== undefined) throw new ApiError("unauthorised", "this token was revoked");
  if (token.expiresAt !== undefined && token.expiresAt <= clock())
    throw new ApiError("unauthorised", "this token has expired");
  return token;
}

/** The actor for the audit log. */
export function actorOf(request: FastifyRequest): Actor {
  const caller = request.caller;
  if (!caller) return { kind: "system", id: "public" };
  return caller.kind === "agent"
    ? { kind: "agent", id: caller.agentId ?? caller.id }
    : { kind: "token", id: caller.id };
}

/** Every route states who may call it, or the collector does not start. */
export const accessPlugin = fp(async (app) => {
  const refused = seldom();
  app.addHook("onRoute", (route) => {
    const access = route.config?.access;
    if (!access) throw new Error(`${String(route.method)} ${route.url} does not state who may call it (config.access)`);
    route.schema = {
      ...route.schema,
      description: [route.schema?.description, SENTENCES[access]].filter(Boolean).join("\n\n"),
      security: access === "public" ? [] : [{ bearer: [] }],
    };
  });
  app.addHook("onRequest", async (request: FastifyRequest, reply: FastifyReply) => {
    // No access is stated where no route matched: that is a 404, which tells nobody anything.
    const access = request.routeOptions.config.access ?? "public";
    if (access === "public") return;
    try {
      request.caller = await authenticate(request);
    } catch (error) {
      void reply.header("www-authenticate", "Bearer");
      refused((times) =>
        request.log.warn(
          { times, last: { route: request.routeOptions.url, from: request.ip, reason: (error as Error).message } },
          "callers without a valid token were refused",
        ),
      );
      throw error;
    }
    if (!allows(access, request.caller)) throw new ApiError("forbidden", SENTENCES[access]);
  });
});
