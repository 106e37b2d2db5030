import { request, type Agent, type ClientRequest } from "node:http";
import { gzipSync } from "node:zlib";

/** SYNTHETIC reports over real HTTP: what an agent would send, without one. */
export interface SyntheticAgent {
  id: string;
  secret: string;
}

/** @param token of kind enrolment @param url of the collector */
export async function enrolSynthetic(
  url: string,
  token: string,
  hostname: string,
  machineId?: string,
): Promise<SyntheticAgent> {
  const answer = await fetch(`${url}/api/v1/enrolments`, {
    method: "POST",
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    body: JSON.stringify({ hostname, machineId, platform: "linux", agentVersion: "0.1.0", timeZone: "UTC" }),
  });
  if (answer.status !== 201) throw new Error(`the enrolment was answered with ${answer.status}`);
  const { agentId, secret } = (await answer.json()) as { agentId: string; secret: string };
  return { id: agentId, secret };
}

const iso = (at: number) => new Date(at).toISOString();

/** Report `number` of `flows` flows, packed. The same number gives the same content. */
export function reportBody(agentId: string, number: number, flows: number): Buffer {
  const from = Date.parse("2026-11-20T00:00:00Z") + number * 60_000;
  const report = {
    protocolVersion: 1,
    agent: { id: agentId, version: "0.1.0" },
    sequence: { epoch: "0123456789abcdef", number },
    window: { from: iso(from), to: iso(from + 60_000) },
    sentAt: iso(from + 60_000),
    timeZone: "UTC",
    sources: [{ name: "proc-net", ok: true, observations: flows, lost: 0, gapMs: 0, cpuMs: 1, blindTo: [] }],
    processes: Array.from({ length: 10 }, (_, index) => ({ name: `process-${index}`, user: "app" })),
    flows: Array.from({ length: flows }, (_, index) => {
      const peer = (index + number * (flows / 2)) % 20_000;
      return {
        protocol: "tcp",
        direction: index % 2 === 0 ? "inbound" : "outbound",
        localAddress: "10.0.0.1",
        remoteAddress: `10.1.${peer >> 8}.${peer & 255}`,
        serverPort: [80, 443, 1433, 5432][index % 4],
        process: index % 10,
        connections: 1,
        firstSeen: iso(from),
        lastSeen: iso(from + 30_000),
        sources: ["proc-net"],
      };
    }),
  };
  return gzipSync(JSON.stringify(report));
}

export interface PostAnswer {
  status: number;
  headers: Record<string, unknown>;
  body: string;
}

/** Undefined when the connection ended without one. */
export function answerOf(outgoing: ClientRequest): Promise<PostAnswer | undefined> {
  return new Promise((resolve) => {
    outgoing.on("error", () => resolve(undefined));
    outgoing.on("response", (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("error", () => resolve(undefined));
      response.on("end", () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          body: Buffer.concat(chunks).toString(),
        }),
      );
    });
  });
}

/** Opens POST /reports: the caller writes the body. */
export function openPost(
  url: string,
  { secret }: SyntheticAgent,
  options: { agent?: Agent; headers?: Record<string, string> } = {},
): { outgoing: ClientRequest; answer: Promise<PostAnswer | undefined> } {
  const outgoing = request(`${url}/api/v1/reports`, {
    method: "POST",
    ...(options.agent && { agent: options.agent }),
    headers: {
      authorization: `Bearer ${secret}`,
      "content-type": "application/json",
      "content-encoding": "gzip",
      ...options.headers,
    },
  });
  return { outgoing, answer: answerOf(outgoing) };
}

/** One report, whole. Undefined when the connection ended without an answer. */
export function postReport(
  url: string,
  sender: SyntheticAgent,
  body: Buffer,
  agent?: Agent,
): Promise<PostAnswer | undefined> {
  const { outgoing, answer } = openPost(url, sender, agent ? { agent } : {});
  outgoing.end(body);
  return answer;
}
