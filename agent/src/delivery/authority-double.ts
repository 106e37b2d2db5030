import { X509Certificate } from "node:crypto";
import { generate } from "selfsigned";

/** For tests: a certificate authority of its own. */
export interface Authority {
  pem: string;
  fingerprint: string;
  issue(host: string): Promise<{ key: string; cert: string }>;
}

export async function authority(name: string): Promise<Authority> {
  const ca = await generate([{ name: "commonName", value: name }], {
    keyType: "ec",
    algorithm: "sha256",
    extensions: [
      { name: "basicConstraints", cA: true, critical: true },
      { name: "keyUsage", keyCertSign: true, cRLSign: true, critical: true },
    ],
  });
  return {
    pem: ca.cert,
    fingerprint: new X509Certificate(ca.cert).fingerprint256.replaceAll(":", "").toLowerCase(),
    async issue(host) {
      const leaf = await generate([{ name: "commonName", value: host }], {
        keyType: "ec",
        algorithm: "sha256",
        ca: { key: ca.private, cert: ca.cert },
        extensions: [
          { name: "subjectAltName", altNames: [/^\d/.test(host) ? { type: 7, ip: host } : { type: 2, value: host }] },
        ],
      });
      // The chain as a collector serves it: its certificate and then its authority.
      return { key: leaf.private, cert: `${leaf.cert}\n${ca.cert}` };
    },
  };
}
