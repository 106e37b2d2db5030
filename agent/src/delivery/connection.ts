import type { AgentOptions, IncomingHttpHeaders, OutgoingHttpHeaders, RequestOptions } from "node:http";
import { codeOf } from "../errors.ts";
import { isLoopback } from "./collector-url.ts";

/** What came back for a request. */
export interface HttpAnswer {
  status: number;
  headers: IncomingHttpHeaders;
  body: string;
}

/** A kept-alive way to one collector. Plain HTTP or TLS by the url, verified always. */
export interface Connection {
  /** @throws the system's error when no answer came within the time. */
  post(url: URL, headers: OutgoingHttpHeaders, body: Buffer, timeoutMs: number): Promise<HttpAnswer>;
  close(): void;
}

/** The way out of a network that lets nothing out but a proxy; read by Node's own agent, so in the variables' words. */
export interface ProxySettings {
  /** `http://[user:password@]host:port`. May hold a secret: never log it. */
  proxy?: string;
  /** Hosts, domains (`.example`) and addresses, comma-separated, to reach without it; `*` for all. */
  noProxy?: string;
}

const ANSWER_LIMIT_BYTES = 4_000_000;

/**
 * @param caPem the only authority to trust; without it the system's and Node's own are.
 * @param proxy used for https to other machines alone.
 */
export function openConnection(base: URL, caPem?: string, proxy: ProxySettings = {}): Connection {
  const secure = base.protocol === "https:";
  // Not `import "node:http"`: an ES import reads every export, and one of them loads Node's WebSocket client, 11 MB.
  const { request, Agent } = secure ? process.getBuiltinModule("node:https") : process.getBuiltinModule("node:http");
  const agent = new Agent({
    keepAlive: true,
    maxSockets: 1,
    ...(secure && { ca: caPem ?? systemAuthorities(), ...throughProxy(base, proxy) }),
  });
  let closed = false;

  const once = (url: URL, options: RequestOptions, body: Buffer, timeoutMs: number): Promise<HttpAnswer> =>
    new Promise((resolve, reject) => {
      const outgoing = request(url, { ...options, method: "POST", agent }, (incoming) => {
        const chunks: Buffer[] = [];
        let bytes = 0;
        incoming.on("data", (chunk: Buffer) => {
          bytes += chunk.length;
          if (bytes > ANSWER_LIMIT_BYTES) outgoing.destroy(new Error("the collector's answer is too long"));
          else chunks.push(chunk);
        });
        incoming.once("error", (error) => {
          // An answer cut off: a timer left running would keep a stopping agent alive.
          clearTimeout(timer);
          reject(error);
        });
        incoming.once("end", () => {
          clearTimeout(timer);
          const { statusCode = 0, headers } = incoming;
          resolve({ status: statusCode, headers, body: Buffer.concat(chunks).toString("utf8") });
        });
      });
      const timer = setTimeout(() => outgoing.destroy(new Error(`no answer within ${timeoutMs / 1000} s`)), timeoutMs);
      outgoing.once("error", (error) => {
        clearTimeout(timer);
        reject(outgoing.reusedSocket ? new StaleSocketError(error) : error);
      });
      outgoing.end(body);
    });

  return {
    async post(url, headers, body, timeoutMs) {
      const options = {
        // The clock of this attempt: a report sent again carries the time of its first.
        headers: { ...headers, "Content-Length": body.length, Date: new Date().toUTCString() },
      };
      try {
        return await once(url, options, body, timeoutMs);
      } catch (error) {
        if (!(error instanceof StaleSocketError)) throw error;
        // The collector closed the idle socket just as we used it; every request of ours may be made twice.
        if (closed || !["ECONNRESET", "EPIPE"].includes(codeOf(error.cause) ?? "")) throw error.cause;
        return await once(url, options, body, timeoutMs);
      }
    },
    close() {
      closed = true;
      agent.destroy();
    },
  };
}

/**
 * Options that send an https agent through the proxy, by CONNECT: it sees the collector's name, and no content.
 * This machine's own collector is never asked for at somebody else's.
 */
export function throughProxy(base: URL, { proxy, noProxy }: ProxySettings): AgentOptions {
  if (proxy === undefined || isLoopback(base.hostname)) return {};
  return { proxyEnv: { HTTPS_PROXY: proxy, NO_PROXY: noProxy } };
}

class StaleSocketError extends Error {
  override name = "StaleSocketError";
  constructor(cause: Error) {
    super("a kept-alive socket failed", { cause });
  }
}

function systemAuthorities(): string[] {
  const { getCACertificates } = process.getBuiltinModule("node:tls");
  return [...getCACertificates("default"), ...getCACertificates("system")];
}
