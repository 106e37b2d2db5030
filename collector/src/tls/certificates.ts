import { X509Certificate } from "node:crypto";
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { hostname, networkInterfaces } from "node:os";
import { join } from "node:path";
import ipaddr from "ipaddr.js";
import { generate } from "selfsigned";
import { flush } from "../storage/flush.ts";

const DAY = 86_400_000;
const CA_DAYS = 3650;
/** Short, because it is made again at a start that finds less than half of it left. */
const SERVER_DAYS = 397;

export interface ServerCertificate {
  key: string;
  /** The server's certificate followed by the CA's, so that a client can find the CA that its token pins. */
  cert: string;
  /** SHA-256 of the CA certificate's DER, lower-case hex. */
  caSha256: string;
}

interface Pair {
  key: string;
  cert: string;
}

function readPair(folder: string, name: string): Pair | undefined {
  const [key, cert] = [join(folder, `${name}.key`), join(folder, `${name}.crt`)];
  if (!existsSync(key) || !existsSync(cert)) return undefined;
  return { key: readFileSync(key, "utf8"), cert: readFileSync(cert, "utf8") };
}

/** Durable when it resolves: agents pin the CA from their first minute on. */
async function writePair(folder: string, name: string, pair: Pair): Promise<void> {
  for (const [ending, text] of [
    ["key", pair.key],
    ["crt", pair.cert],
  ] as const) {
    const file = join(folder, `${name}.${ending}`);
    writeFileSync(`${file}.new`, text, { mode: 0o600, flush: true });
    renameSync(`${file}.new`, file);
  }
  await flush(folder);
}

async function makeAuthority(now: number): Promise<Pair> {
  const made = await generate([{ name: "commonName", value: `Portolan CA of ${hostname()}` }], {
    keyType: "ec",
    algorithm: "sha256",
    notBeforeDate: new Date(now - DAY),
    notAfterDate: new Date(now + CA_DAYS * DAY),
    extensions: [
      { name: "basicConstraints", cA: true, critical: true },
      { name: "keyUsage", keyCertSign: true, cRLSign: true, critical: true },
    ],
  });
  return { key: made.private, cert: made.cert };
}

/** Every name under which a client may reach this machine: the public URL's, the host's, each interface's. */
function subjectNames(publicHost: string, listenHost: string): string[] {
  const own = Object.values(networkInterfaces()).flatMap((list) => (list ?? []).map((entry) => entry.address));
  const names = [publicHost, listenHost, hostname(), "localhost", ...own].map((name) =>
    name.replace(/^\[|\]$|%.*$/g, ""),
  );
  return [...new Set(names)].filter((name) => name !== "" && name !== "0.0.0.0" && name !== "::").sort();
}

async function makeServer(authority: Pair, names: string[], now: number): Promise<Pair> {
  const made = await generate([{ name: "commonName", value: names[0] ?? "portolan" }], {
    keyType: "ec",
    algorithm: "sha256",
    notBeforeDate: new Date(now - DAY),
    notAfterDate: new Date(now + SERVER_DAYS * DAY),
    ca: { key: authority.key, cert: authority.cert },
    extensions: [
      { name: "basicConstraints", cA: false, critical: true },
      { name: "keyUsage", digitalSignature: true, critical: true },
      { name: "extKeyUsage", serverAuth: true },
      {
        name: "subjectAltName",
        altNames: names.map((name) => (ipaddr.isValid(name) ? { type: 7, ip: name } : { type: 2, value: name })),
      },
    ],
  });
  return { key: made.private, cert: made.cert };
}

function stillGood(pair: Pair | undefined, names: string[], now: number): pair is Pair {
  if (!pair) return false;
  const certificate = new X509Certificate(pair.cert);
  if (Date.parse(certificate.validTo) - now < (SERVER_DAYS / 2) * DAY) return false;
  return names.every(
    (name) => (ipaddr.isValid(name) ? certificate.checkIP(name) : certificate.checkHost(name)) !== undefined,
  );
}

/**
 * The collector's own CA and a server certificate signed by it, kept in `dataDir/tls` (mode 0600). The CA is made once
 * and stays; the server's certificate is made again when its names or its time ask for it, which no client notices.
 */
export async function serverCertificate(
  dataDir: string,
  publicHost: string,
  listenHost: string,
  now: number,
): Promise<ServerCertificate> {
  const folder = join(dataDir, "tls");
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  chmodSync(folder, 0o700);
  await flush(dataDir);
  let authority = readPair(folder, "ca");
  if (!authority) await writePair(folder, "ca", (authority = await makeAuthority(now)));
  const names = subjectNames(publicHost, listenHost);
  let server = readPair(folder, "server");
  if (!stillGood(server, names, now))
    await writePair(folder, "server", (server = await makeServer(authority, names, now)));
  const caSha256 = new X509Certificate(authority.cert).fingerprint256.replaceAll(":", "").toLowerCase();
  return { key: server.key, cert: `${server.cert.trim()}\n${authority.cert.trim()}\n`, caSha256 };
}
