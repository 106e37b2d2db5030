import type { Findings } from "../addresses/findings.ts";
import { parseCertificate } from "../addresses/parse-certificate.ts";
import type { Hive } from "./hive.ts";
import { parseCertificateBlob } from "./parse-certificate-blob.ts";

/** The machine's own certificates: those with a key of this host, as a rule. */
const STORE = "SOFTWARE\\Microsoft\\SystemCertificates\\MY\\Certificates";
const MOST = 1000;

/** Certificates of the machine's own store by subject and end; keys stand elsewhere and are not looked for. */
export function findCertificates(machine: Hive, to: Findings): void {
  const thumbprints = machine.keys(STORE);
  if (thumbprints.length > MOST) to.miss(`${machine.nameOf(STORE)}: more than ${MOST} certificates`);
  for (const thumbprint of thumbprints.slice(0, MOST)) {
    const source = machine.nameOf(`${STORE}\\${thumbprint}`);
    const blob = machine.bytes(`${STORE}\\${thumbprint}`, "Blob");
    if (blob === undefined) continue;
    const der = parseCertificateBlob(blob);
    const certificate = der && parseCertificate(der);
    if (certificate === undefined) {
      to.miss(`${source}: no certificate that can be read`);
      continue;
    }
    const { subject, validUntil } = certificate;
    to.add({ kind: "certificate", holder: `LocalMachine\\My, ${thumbprint}`, target: subject, validUntil, source });
  }
}
