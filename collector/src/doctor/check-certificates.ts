import { createPrivateKey, X509Certificate } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { checkSecretFile } from "./check-secret-file.ts";
import type { Finding } from "./finding.ts";

const DAY_MS = 86_400_000;
/** Time enough to get another. */
const WARN_DAYS = 14;

function checkPair(subject: string, certificate: string, key: string, wayOut: string, now: number): Finding[] {
  try {
    const parsed = new X509Certificate(readFileSync(certificate, "utf8"));
    const end = Date.parse(parsed.validTo);
    const detail = `valid until ${new Date(end).toISOString().slice(0, 10)}`;
    const left = (end - now) / DAY_MS;
    if (!parsed.checkPrivateKey(createPrivateKey(readFileSync(key, "utf8"))))
      return [{ ok: false, subject, detail: `${key} is not the key of ${certificate}` }];
    if (left < WARN_DAYS)
      return [{ ok: false, subject, detail: `${detail}, ${left < 0 ? "which is over" : "which is soon"}: ${wayOut}` }];
    return [{ ok: true, subject, detail }, ...checkSecretFile(key, `${subject}'s key`)];
  } catch (error) {
    return [{ ok: false, subject, detail: `${certificate} and ${key} can't be used: ${(error as Error).message}` }];
  }
}

/** The given certificate, or the collector's own CA and server certificate where it has made them. */
export function checkCertificates(
  dataDir: string,
  given: { certificate: string; key: string } | undefined,
  now: number,
): Finding[] {
  if (given) return checkPair("certificate", given.certificate, given.key, "get another", now);
  const file = (name: string) => join(dataDir, "tls", name);
  if (!existsSync(file("ca.crt")) && !existsSync(file("server.crt")))
    return [{ ok: true, subject: "certificate", detail: "none: the collector listened on loopback only" }];
  return [
    ...checkPair("own authority", file("ca.crt"), file("ca.key"), "agents must be enrolled anew with another", now),
    ...checkPair("server certificate", file("server.crt"), file("server.key"), "a restart makes another", now),
  ];
}
