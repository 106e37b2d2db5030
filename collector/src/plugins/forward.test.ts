import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { createServer, request, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fastify, { type FastifyInstance } from "fastify";
import { afterEach, beforeEach, expect, test } from "vitest";
import { forwardPlugin } from "./forward.ts";
import { problemsPlugin } from "./problems.ts";

let behind: Server;
let front: FastifyInstance;
let url: string;
let handle: (incoming: IncomingMessage, answer: ServerResponse) => void;

beforeEach(async () => {
  const socketPath = join(tmpdir(), `portolan-forward-${randomUUID()}.sock`);
  behind = createServer((incoming, answer) => handle(incoming, answer)).listen(socketPath);
  await once(behind, "listening");
  front = fastify();
  await front.register(problemsPlugin);
  await front.register(forwardPlugin, { socketFor: () => socketPath });
  await front.listen({ host: "127.0.0.1", port: 0 });
  url = `http://127.0.0.1:${(front.server.address() as AddressInfo).port}`;
});
afterEach(async () => {
  front.server.closeAllConnections();
  await front.close();
  behind.closeAllConnections();
  behind.close();
});

async function bytesOf(incoming: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

test("method, address, headers and body go there, and status, headers and body come back", async () => {
  handle = async (incoming, answer) => {
    const { method, url, headers } = incoming;
    const seen = { method, url, type: headers["content-type"], token: headers.authorization };
    answer.writeHead(418, { "x-answer": "yes", "content-type": "application/json" });
    answer.end(JSON.stringify({ ...seen, body: await bytesOf(incoming) }));
  };
  for (const [method, type, body] of [
    ["PUT", "application/json", "{ not JSON"],
    ["POST", "application/octet-stream", "x".repeat(3_000_000)],
    ["DELETE", undefined, ""],
    ["GET", undefined, ""],
  ] as const) {
    const answer = await fetch(`${url}/a%20b?c=d%26`, {
      method,
      headers: { authorization: "Bearer t", ...(type && { "content-type": type }) },
      ...(body && { body }),
    });
    expect([answer.status, answer.headers.get("x-answer")]).toEqual([418, "yes"]);
    expect(await answer.json()).toEqual({
      method,
      url: "/a%20b?c=d%26",
      ...(type && { type }),
      token: "Bearer t",
      body,
    });
  }
});

test("an answer comes as it is written, and who leaves ends it", async () => {
  const left = Promise.withResolvers<void>();
  handle = (_incoming, answer) => {
    answer.on("close", left.resolve);
    answer.write("first");
  };
  const outgoing = request(`${url}/stream`).end();
  const [answer] = (await once(outgoing, "response")) as [IncomingMessage];
  const [chunk] = (await once(answer, "data")) as [Buffer];
  expect(chunk.toString()).toBe("first");
  outgoing.on("error", () => {});
  outgoing.destroy();
  await left.promise;
});

test("a body that is refused before it is read is answered", async () => {
  handle = (_incoming, answer) => answer.writeHead(401).end("who are you?");
  const answer = await fetch(`${url}/imports`, { method: "POST", body: Buffer.alloc(200_000) });
  expect([answer.status, await answer.text()]).toEqual([401, "who are you?"]);
});

test("nobody there is a problem that passes", async () => {
  behind.close();
  const answer = await fetch(`${url}/hosts`);
  expect([answer.status, answer.headers.get("retry-after")]).toEqual([503, "30"]);
  expect(await answer.json()).toMatchObject({ code: "storage_unavailable" });
});
