import type { X509Certificate } from "node:crypto";
import { AgentError } from "../errors.ts";

/**
 * Fetches the collector's CA certificate, known by its fingerprint, and returns it as PEM.
 *
 * The one connection that is not verified: nothing is sent over it, and what it yields is trusted only because its
 * SHA-256 is the one that the token carried. Everything later is verified against it, host name included.
 *
 * @param caSha256 lower-case hex SHA-256 of the CA certificate's DER.
 * @throws AgentError when the collector does not answer or serves no such CA.
 */
export async function fetchPinnedCa(url: URL, caSha256: string, timeoutMs = 10_000): Promise<string> {
  const { connect } = process.getBuiltinModule("node:tls");
  const host = url.hostname.replace(/^\[|\]$/g, "");
  const isName = process.getBuiltinModule("node:net").isIP(host) === 0;
  const leaf = await new Promise<X509Certificate | undefined>((resolve, reject) => {
    const socket = connect({
      host,
      port: Number(url.port || 443),
      rejectUnauthorized: false,
      ...(isName && { servername: host }),
    });
    const fail = (reason: string): void => {
      socket.destroy();
      reject(new AgentError(`no TLS connection to the collector at ${url.origin}: ${reason}`));
    };
    socket.setTimeout(timeoutMs, () => fail(`no answer within ${timeoutMs / 1000} s`));
    socket.once("error", (error) => fail(error.message));
    socket.once("secureConnect", () => {
      const certificate = socket.getPeerX509Certificate();
      socket.destroy();
      resolve(certificate);
    });
  });
  const wanted = caSha256.toLowerCase();
  for (let at = leaf, depth = 0; at !== undefined && depth < 16; at = at.issuerCertificate, depth++) {
    if (at.fingerprint256.replaceAll(":", "").toLowerCase() === wanted && at.ca) return at.toString();
    if (at.issuerCertificate?.fingerprint256 === at.fingerprint256) break;
  }
  throw new AgentError(
    `the collector at ${url.origin} does not present the certificate authority that the token names; nothing was sent to it`,
  );
}
