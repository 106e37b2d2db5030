import type { AddressDependency } from "@portolan/protocol";
import { readFileWithin } from "../../read-file-within.ts";
import { filesBelow } from "../addresses/files-below.ts";
import type { Findings } from "../addresses/findings.ts";
import { parseCertificate } from "../addresses/parse-certificate.ts";

/** Where distributions and servers keep certificates of a host's own. */
const FOLDERS = [
  "apache2",
  "dovecot",
  "haproxy",
  "httpd",
  "letsencrypt/live",
  "mysql",
  "nginx",
  "openldap",
  "pki/tls/certs",
  "postfix",
  "postgresql",
  "ssl",
  "tomcat",
];
const MOST_FILES = 1000;
const MOST_BYTES = 256 * 1024;
const DEEPEST = 3;
const PEM = /-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----/;

/**
 * Certificates of this host by subject and end, from the folders where they usually are: of each file the first one,
 * unless it is an authority's, of which every host has hundreds. A key in the same file is passed over.
 */
export function findCertificates(etcRoot: string, to: Findings): void {
  for (const folder of FOLDERS.map((name) => `${etcRoot}/${name}`)) {
    // Let's Encrypt's client shows its files by links.
    const followsLinks = folder.endsWith("/live");
    const { files, isCut, unread } = filesBelow(folder, { deepest: DEEPEST, most: MOST_FILES, followsLinks });
    unread.forEach(to.miss);
    if (isCut) to.miss(`${folder}: more than ${MOST_FILES} files, or some below more than ${DEEPEST} folders`);
    for (const path of files.filter((name) => /\.(?:pem|crt|cer)$/i.test(name))) {
      const file = readFileWithin(path, MOST_BYTES);
      if (file.state === "denied") to.miss(file.reason);
      // What is larger is a bundle of authorities.
      const item = file.state === "read" && !file.isCut ? certificateIn(path, file.bytes) : undefined;
      if (item !== undefined) to.add(item);
    }
  }
}

function certificateIn(path: string, bytes: Buffer): AddressDependency | undefined {
  const isBinary = bytes[0] === 0x30;
  const pem = isBinary ? undefined : PEM.exec(bytes.toString("latin1"))?.[0];
  if (!isBinary && pem === undefined) return undefined;
  const found = parseCertificate(pem ?? bytes);
  if (found === undefined) return undefined;
  const { subject, validUntil, isAuthority, isSelfSigned } = found;
  const isOwnAuthority = isSelfSigned && !path.includes("/certs/");
  if (isAuthority && !isOwnAuthority) return undefined;
  return { kind: "certificate", holder: path, target: subject, validUntil, source: path };
}
