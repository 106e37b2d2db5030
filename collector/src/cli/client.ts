import { request as requestHttp, type IncomingMessage } from "node:http";
import { request as requestHttps } from "node:https";
import { Problem } from "@portolan/api";
import { CommandError } from "../errors.ts";
import { isLoopback } from "../tls/is-loopback.ts";
import { fetchPinnedAuthority } from "../tls/pinned-authority.ts";
import type { Connection } from "./connection.ts";

export type Query = Record<string, string | number | undefined>;

export interface Client {
  get(path: string, query?: Query): Promise<{ body: unknown; headers: IncomingMessage["headers"] }>;
  /** Every page of a list, in order. */
  list(path: string, query?: Query): Promise<unknown[]>;
  /** The answer as it comes; a POST is one without a body. */
  download(path: string, query?: Query, method?: "GET" | "POST"): Promise<IncomingMessage>;
  send(
    method: "POST" | "PUT" | "DELETE",
    path: string,
    options?: { query?: Query; body?: Buffer | object; type?: string; headers?: Record<string, string> },
  ): Promise<unknown>;
}

async function bytesOf(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/** A problem as one or more lines that name field or line, value and what was expected. */
function problemText(problem: Problem): string {
  const head = problem.detail ?? problem.title;
  const lines = (problem.issues ?? []).map((issue) => {
    const where =
      issue.line === undefined ? issue.path : `line ${issue.line}${issue.column ? `, ${issue.column}` : ""}`;
    const value = issue.value === undefined ? "" : ` (got ${JSON.stringify(issue.value)})`;
    return `  ${where ?? ""}: ${issue.reason}${value}`;
  });
  return [head, ...lines].join("\n");
}

async function failure(message: IncomingMessage): Promise<CommandError> {
  const text = (await bytesOf(message)).toString("utf8");
  try {
    const parsed = Problem.safeParse(JSON.parse(text));
    if (parsed.success) return new CommandError(problemText(parsed.data));
  } catch {
    // Not from the collector: something in between answered.
  }
  return new CommandError(`the collector answered ${message.statusCode}: ${text.slice(0, 200)}`);
}

/** A client of the API; over TLS it trusts the CA that the token pins and nothing else. */
export async function createClient(connection: Connection): Promise<Client> {
  const base = new URL(connection.url);
  const secure = base.protocol === "https:";
  if (!secure && !isLoopback(base.hostname))
    throw new CommandError(
      `${connection.url}: expected https://, because a token must not cross a network in clear`,
      2,
    );
  const ca =
    secure && connection.caSha256 ? await fetchPinnedAuthority(connection.url, connection.caSha256) : undefined;

  function call(
    method: string,
    path: string,
    query: Query = {},
    body?: Buffer,
    headers: Record<string, string> = {},
  ): Promise<IncomingMessage> {
    const url = new URL(`${base.href.replace(/\/$/, "")}/api/v1${path}`);
    for (const [key, value] of Object.entries(query)) if (value !== undefined) url.searchParams.set(key, String(value));
    return new Promise((resolve, reject) => {
      const request = (secure ? requestHttps : requestHttp)(
        url,
        {
          method,
          ...(ca && { ca }),
          headers: {
            authorization: `Bearer ${connection.secret}`,
            ...(body && { "content-length": body.length }),
            ...headers,
          },
        },
        (message) => {
          if ((message.statusCode ?? 500) < 400) resolve(message);
          else failure(message).then(reject, reject);
        },
      );
      request.on("error", (error) =>
        reject(new CommandError(`the collector at ${connection.url} can't be reached: ${error.message}`)),
      );
      request.end(body);
    });
  }

  async function get(path: string, query?: Query) {
    const message = await call("GET", path, query);
    return { body: JSON.parse((await bytesOf(message)).toString("utf8")) as unknown, headers: message.headers };
  }

  return {
    get,
    async list(path, query = {}) {
      const items: unknown[] = [];
      let cursor: string | undefined;
      do {
        const page = (await get(path, { ...query, limit: 1000, cursor })).body as {
          items: unknown[];
          nextCursor: string | null;
        };
        items.push(...page.items);
        cursor = page.nextCursor ?? undefined;
      } while (cursor !== undefined);
      return items;
    },
    download: (path, query, method = "GET") => call(method, path, query),
    async send(method, path, options = {}) {
      const { body } = options;
      const bytes = body === undefined || Buffer.isBuffer(body) ? body : Buffer.from(JSON.stringify(body));
      const message = await call(method, path, options.query, bytes, {
        ...(bytes && { "content-type": options.type ?? "application/json" }),
        ...options.headers,
      });
      const text = (await bytesOf(message)).toString("utf8");
      return text === "" ? undefined : (JSON.parse(text) as unknown);
    },
  };
}
