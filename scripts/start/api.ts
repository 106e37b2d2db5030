import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { AgentList, Coverage, DependencyList, HostList, ListenerList } from "@portolan/api";
import type { z } from "zod";

type Items<List extends z.ZodType<{ items: unknown[] }>> = z.infer<List>["items"];

/** The few calls that `npm start` makes, with the token that the collector left for this machine's commands. */
export interface Api {
  url: string;
  agents(): Promise<Items<typeof AgentList>>;
  hosts(): Promise<Items<typeof HostList>>;
  listeners(): Promise<Items<typeof ListenerList>>;
  dependencies(): Promise<Items<typeof DependencyList>>;
  coverage(): Promise<z.infer<typeof Coverage>>;
  enrolmentToken(): Promise<string>;
}

export function createApi(dataDir: string): Api {
  const { url, token } = JSON.parse(readFileSync(join(dataDir, "cli.json"), "utf8")) as { url: string; token: string };
  async function call<T>(path: string, init: RequestInit = {}): Promise<T> {
    const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
    const answer = await fetch(`${url}/api/v1${path}`, { ...init, headers });
    if (!answer.ok) throw new Error(`${path} answered ${answer.status}: ${await answer.text()}`);
    return (await answer.json()) as T;
  }
  /** All pages: the data folder may hold a whole estate. */
  async function items<T extends unknown[]>(path: string): Promise<T> {
    let found = await call<{ items: T; nextCursor: string | null }>(`${path}?limit=1000`);
    const { items: all } = found;
    while (found.nextCursor !== null) {
      found = await call(`${path}?limit=1000&cursor=${encodeURIComponent(found.nextCursor)}`);
      all.push(...found.items);
    }
    return all;
  }
  return {
    url,
    agents: () => items("/agents"),
    hosts: () => items("/hosts"),
    listeners: () => items("/listeners"),
    dependencies: () => items("/dependencies"),
    coverage: () => call("/coverage"),
    async enrolmentToken() {
      const body = JSON.stringify({ kind: "enrolment", uses: 1, expires: "1h" });
      return (await call<{ token: string }>("/tokens", { method: "POST", body })).token;
    },
  };
}
