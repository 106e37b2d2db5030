import type { X509Certificate } from "node:crypto";
import { connect } from "node:tls";
import { CommandError } from "../errors.ts";

const TIMEOUT_MS = 10_000;

/**
 * Fetches the CA certificate whose SHA-256 a token pins, from the chain that the server at `url` shows. Nothing is
 * sent on this connection; the real one verifies against the returned PEM.
 */
export function fetchPinnedAuthority(url: string, caSha256: string): Promise<string> {
  const { hostname, port } = new URL(url);
  const host = hostname.replace(/^\[|\]$/g, "");
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port: Number(port || 443), rejectUnauthorized: false, timeout: TIMEOUT_MS }, () => {
      let certificate: X509Certificate | undefined = socket.getPeerX509Certificate();
      while (certificate) {
        if (certificate.fingerprint256.replaceAll(":", "").toLowerCase() === caSha256.toLowerCase()) break;
        certificate = certificate.issuerCertificate;
      }
      socket.destroy();
      if (certificate) resolve(certificate.toString());
      else
        reject(
          new CommandError(
            `${url} does not show the certificate authority that the token names: another collector, or somebody in between`,
          ),
        );
    });
    socket.on("timeout", () => socket.destroy(new Error(`no answer within ${TIMEOUT_MS / 1000} s`)));
    socket.on("error", (error) => reject(new CommandError(`${url} can't be reached: ${error.message}`)));
  });
}
