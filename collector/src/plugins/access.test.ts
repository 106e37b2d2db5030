import fastify from "fastify";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestCollector, type TestCollector } from "../testing/test-collector.ts";
import { accessPlugin } from "./access.ts";

type Method = "GET" | "POST" | "PUT" | "DELETE";
interface Route {
  method: Method;
  path: string;
  access: string;
}

let collector: TestCollector;
let routes: Route[] = [];
beforeAll(async () => {
  collector = await startTestCollector();
  const document = (await collector.app.inject({ url: "/api/v1/openapi.json" })).json<{
    paths: Record<string, Record<string, { description: string }>>;
  }>();
  routes = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { description }]) => ({
      method: method.toUpperCase() as Method,
      path: path.replace(/\{\w+\}/g, "x"),
      access: /May be called (?:by|with) (.*)$/m.exec(description)?.[1] ?? "not stated",
    })),
  );
});
afterAll(() => collector.close());

describe("access", () => {
  it("is stated for every route, or the collector does not start", async () => {
    expect(routes.length).toBeGreaterThan(20);
    expect(routes.filter((route) => route.access === "not stated")).toEqual([]);
    const app = fastify();
    await app.register(accessPlugin);
    expect(() => app.get("/open", async () => "hello")).toThrow(/\/open does not state who may call it/);
    await app.close();
  });

  it("is refused without a token, with a wrong one and with a revoked one on every route but the public ones", async () => {
    const revoked = await collector.call(collector.secrets.admin, {
      method: "POST",
      url: "/api/v1/tokens",
      payload: { kind: "api", role: "admin" },
    });
    const { id, token } = revoked.json<{ id: string; token: string }>();
    const stillGood = await collector.call(token, { url: "/api/v1/hosts" });
    expect(stillGood.statusCode).toBe(200);
    await collector.call(collector.secrets.admin, { method: "DELETE", url: `/api/v1/tokens/${id}` });
    for (const { method, path, access } of routes) {
      const expected = access === "anybody." ? 200 : 401;
      for (const secret of [undefined, "not-a-token", token]) {
        const answer = await collector.call(secret, { method, url: path });
        expect([answer.statusCode, method, path]).toEqual([expected, method, path]);
        if (expected === 401) expect(answer.json()).toMatchObject({ code: "unauthorised", status: 401 });
      }
    }
  });

  it("is refused to lower roles and to agents", async () => {
    const agent = await collector.enrol("web1");
    for (const { method, path, access } of routes) {
      if (access === "anybody.") continue;
      const isAgentRoute = access.startsWith("an enrolled agent");
      const allowed = {
        viewer: access.includes("role viewer"),
        editor: access.includes("editor"),
        admin: access.includes("admin"),
      };
      for (const role of ["viewer", "editor", "admin"] as const) {
        if (allowed[role]) continue;
        const answer = await collector.call(collector.secrets[role], { method, url: path });
        expect([answer.statusCode, role, path]).toEqual([403, role, path]);
      }
      if (isAgentRoute) continue;
      const answer = await collector.call(agent.secret, { method, url: path });
      expect([answer.statusCode, "agent", path]).toEqual([403, "agent", path]);
    }
  });

  it("ends when a token expires", async () => {
    const made = await collector.call(collector.secrets.admin, {
      method: "POST",
      url: "/api/v1/tokens",
      payload: { kind: "api", expires: "1h" },
    });
    const { token } = made.json<{ token: string }>();
    expect((await collector.call(token, { url: "/api/v1/hosts" })).statusCode).toBe(200);
    collector.clock.now += 3_600_000;
    expect((await collector.call(token, { url: "/api/v1/hosts" })).statusCode).toBe(401);
  });
});
