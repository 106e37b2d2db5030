import { X509Certificate } from "node:crypto";

interface Certificate {
  /** On one line, as in "CN=www.corp.example, O=Example"; the alternative names where it has none. */
  subject: string;
  /** ISO 8601. */
  validUntil: string;
  isAuthority: boolean;
  isSelfSigned: boolean;
}

/**
 * A certificate's subject and end; nothing where it is damaged, or of a kind that OpenSSL does not know: no certificate
 * to a server either.
 *
 * @param content DER, or PEM
 */
export function parseCertificate(content: Buffer | string): Certificate | undefined {
  try {
    const certificate = new X509Certificate(content);
    return {
      // Names may stand among the alternative ones alone.
      subject: certificate.subject?.replaceAll("\n", ", ") || certificate.subjectAltName || "no subject",
      validUntil: new Date(certificate.validTo).toISOString(),
      isAuthority: certificate.ca,
      isSelfSigned: certificate.subject === certificate.issuer,
    };
  } catch {
    return undefined;
  }
}
