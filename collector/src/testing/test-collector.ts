import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { FastifyInstance, InjectOptions, LightMyRequestResponse } from "fastify";
import { analysesOf } from "../analysis/analysis-cache.ts";
import { buildApp } from "../app.ts";
import { openStorage } from "../storage/open.ts";
import type { Role } from "../storage/access.ts";
import type { Storage } from "../storage/storage.ts";
import { hashSecret, newSecret } from "../tokens/token-text.ts";

/** A whole collector on a store of its own, called by `inject`; only the clock is not real. */
export interface TestCollector {
  app: FastifyInstance;
  storage: Storage;
  /** Milliseconds since 1970 UTC; tests move it. */
  clock: { now: number };
  secrets: Record<Role, string>;
  /** Enrols a host and returns its agent's id and secret. */
  enrol(hostname: string, site?: string): Promise<{ agentId: string; secret: string }>;
  call(secret: string | undefined, options: InjectOptions): Promise<LightMyRequestResponse>;
  close(): Promise<void>;
}

const ROLES: Role[] = ["viewer", "editor", "admin"];

export async function startTestCollector(): Promise<TestCollector> {
  const dataDir = mkdtempSync(join(tmpdir(), "portolan-collector-"));
  const clock = { now: Date.parse("2026-03-10T12:00:00Z") };
  const storage = await openStorage({ dataDir });
  const app = await buildApp({
    context: {
      storage,
      analyses: analysesOf(storage, () => clock.now),
      clock: () => clock.now,
      publicUrl: "http://127.0.0.1:7440",
      caSha256: undefined,
    },
    version: "0.0.0-test",
  });
  const secrets = { viewer: newSecret(), editor: newSecret(), admin: newSecret() };
  for (const role of ROLES)
    await storage.createToken(
      { id: `test-${role}`, kind: "api", role, createdAt: clock.now, hash: hashSecret(secrets[role]) },
      { kind: "system", id: "test" },
    );

  function call(secret: string | undefined, options: InjectOptions) {
    return app.inject({
      ...options,
      headers: { ...(secret && { authorization: `Bearer ${secret}` }), ...options.headers },
    });
  }

  return {
    app,
    storage,
    clock,
    secrets,
    call,
    async enrol(hostname, site) {
      const made = await call(secrets.admin, {
        method: "POST",
        url: "/api/v1/tokens",
        payload: { kind: "enrolment", ...(site && { site }) },
      });
      const payload = {
        hostname,
        machineId: `machine-of-${hostname}`,
        platform: "linux",
        agentVersion: "0.1.0",
        timeZone: "Asia/Seoul",
      };
      const answer = await call(made.json<{ token: string }>().token, {
        method: "POST",
        url: "/api/v1/enrolments",
        payload,
      });
      return answer.json<{ agentId: string; secret: string }>();
    },
    async close() {
      await app.close();
      await storage.close();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}
