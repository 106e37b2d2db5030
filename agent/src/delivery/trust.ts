import type { X509Certificate } from "node:crypto";
import type { TLSSocket as Secure } from "node:tls";
import { AgentError } from "../errors.ts";
import { type ProxySettings, throughProxy } from "./connection.ts";

/**
 * Fetches the collector's CA certificate, known by its fingerprint, and returns it as PEM.
 *
 * The one connection that is not verified: nothing is sent over it, and what it yields is trusted only because its
 * SHA-256 is the one that the token carried. Everything later is verified against it, host name included.
 *
 * @param caSha256 lower-case hex SHA-256 of the CA certificate's DER.
 * @throws AgentError when the collector does not answer or serves no such CA.
 */
export async function fetchPinnedCa(
  url: URL,
  caSha256: string,
  proxy: ProxySettings = {},
  timeoutMs = 10_000,
): Promise<string> {
  const leaf = await presentedCertificate(url, proxy, timeoutMs);
  const wanted = caSha256.toLowerCase();
  for (let at = leaf, depth = 0; at !== undefined && depth < 16; at = at.issuerCertificate, depth++) {
    if (at.fingerprint256.replaceAll(":", "").toLowerCase() === wanted && at.ca) return at.toString();
    if (at.issuerCertificate?.fingerprint256 === at.fingerprint256) break;
  }
  throw new AgentError(
    `the collector at ${url.origin} does not present the certificate authority that the token names; nothing was sent to it`,
  );
}

/** Shakes hands without verifying anything, through the proxy where there is one, and takes the certificate. */
function presentedCertificate(url: URL, proxy: ProxySettings, timeoutMs: number): Promise<X509Certificate | undefined> {
  const { Agent } = process.getBuiltinModule("node:https");
  const agent = new Agent(throughProxy(url, proxy));
  const host = url.hostname.replace(/^\[|\]$/g, "");
  const { isIP, Socket } = process.getBuiltinModule("node:net");
  const { TLSSocket } = process.getBuiltinModule("node:tls");
  const isName = isIP(host) === 0;
  return new Promise((resolve, reject) => {
    const fail = (reason: string): void => {
      clearTimeout(timer);
      reject(new AgentError(`no TLS connection to the collector at ${url.origin}: ${reason}`));
    };
    const take = (socket: Secure): void => {
      clearTimeout(timer);
      resolve(socket.getPeerX509Certificate());
      socket.destroy();
    };
    const opening: unknown = agent.createConnection(
      { host, port: Number(url.port || 443), rejectUnauthorized: false, ...(isName && { servername: host }) },
      // Called with the tunnelled socket after its handshake; without a proxy, not at all.
      (error: Error | null, socket: unknown) => {
        if (error) fail(error.message);
        else if (socket instanceof TLSSocket) take(socket);
      },
    );
    if (opening instanceof Socket) opening.once("error", (error) => fail(error.message));
    if (opening instanceof TLSSocket) opening.once("secureConnect", () => take(opening));
    const timer = setTimeout(() => {
      if (opening instanceof Socket) opening.destroy();
      fail(`no answer within ${timeoutMs / 1000} s`);
    }, timeoutMs);
  });
}
