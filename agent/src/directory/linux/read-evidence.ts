import { existsSync, readSync } from "node:fs";
import { hostname } from "node:os";
import { basename } from "node:path";
import { type HostRoots, inRoots } from "../../linux/in-roots.ts";
import { namesIn } from "../../names-in.ts";
import { parseIni } from "../../parse-ini.ts";
import { type FileReading, readFileWithin, readOpened } from "../../read-file-within.ts";
import type { LinuxEvidence, Reading } from "./evidence.ts";
import { parseKdcInfo } from "./parse-kdcinfo.ts";
import { parseKeytab } from "./parse-keytab.ts";
import { type KerberosSettings, parseKrb5Conf } from "./parse-krb5-conf.ts";
import { parseSmbConf } from "./parse-smb-conf.ts";
import { damageOfSssdConf, lacksDomains, otherDomains, parseSssdConf } from "./parse-sssd-conf.ts";
import { parseTdbKeys } from "./parse-tdb-keys.ts";

const MOST_TEXT_BYTES = 256 * 1024;
const MOST_KEYTAB_BYTES = 1024 * 1024;
const MOST_FILES = 64;
const SECRETS_PASSWORD = "SECRETS/MACHINE_PASSWORD/";

/** Reads what a join leaves on a Linux host. No child process, no network, no lock; some twenty small files. */
export function readEvidence(
  roots: HostRoots,
  controllerSockets: LinuxEvidence["controllerSockets"],
  hostName = hostname(),
): LinuxEvidence {
  const { etcRoot, varRoot, optRoot } = roots;
  const beyond: Reading[] = [];
  const kerberos = readKerberos(`${etcRoot}/krb5.conf`, roots, beyond);
  const sssd = readSssd(etcRoot, beyond);
  const vasKeytab = `${etcRoot}/opt/quest/vas/host.keytab`;
  const keytabs = new Set([
    kerberos.defaultKeytab ?? `${etcRoot}/krb5.keytab`,
    ...sssd.domains.flatMap(({ keytab }) => keytab ?? []),
    ...(existsSync(`${optRoot}/quest/bin/vastool`) ? [vasKeytab] : []),
  ]);
  const foreign = new Set(sssd.others.map(({ realm }) => realm));
  // Without root sssd.conf can't be read, and this can (ipa-client-install).
  const ipaRealm = ipaRealmOf(`${etcRoot}/ipa/default.conf`);
  if (ipaRealm !== undefined) foreign.add(ipaRealm);
  // One process a domain, all of one name: where none is of Active Directory, theirs lead to no controller.
  const servesOthersOnly = sssd.domains.length === 0 && foreign.size > 0;
  return {
    hostName,
    keytabs: [...keytabs].map((path) => readNamedKeytab(path, roots)),
    secrets: readSecrets(varRoot),
    samba: readSamba(`${etcRoot}/samba/smb.conf`),
    sssd,
    kerberos: {
      path: `${etcRoot}/krb5.conf`,
      servers: kerberos.servers,
      ...(kerberos.defaultRealm !== undefined && { defaultRealm: kerberos.defaultRealm }),
    },
    kdcInfo: readKdcInfo(`${varRoot}/lib/sss/pubconf`, beyond).filter(({ realm }) => !foreign.has(realm)),
    joiners: findJoiners(roots),
    controllerSockets: controllerSockets.filter(({ process }) => !(servesOthersOnly && process === "sssd_be")),
    beyond,
  };
}

/** The principals of a keytab; what was read of it is wiped, as it holds keys. */
export function readKeytab(path: string): LinuxEvidence["keytabs"][number] {
  const file = readFileWithin(path, MOST_KEYTAB_BYTES);
  if (file.state !== "read") return { ...readingOf(path, file), entries: [] };
  const { entries, trouble } = parseKeytab(file.bytes);
  file.bytes.fill(0);
  const reason = trouble ?? (file.isCut ? `larger than ${MOST_KEYTAB_BYTES} bytes` : undefined);
  return { path, state: "read", ...(reason !== undefined && { reason: `${path}: ${reason}` }), entries };
}

/** As krb5.conf and sssd.conf name it: also by a kind that is no file, or where the host's file can't be seen. */
function readNamedKeytab(named: string, roots: HostRoots): LinuxEvidence["keytabs"][number] {
  const path = /^\/[^%]*$/.test(named) ? inRoots(roots, named) : undefined;
  if (path !== undefined) return readKeytab(path);
  return { path: named, state: "failed", reason: `${named}: no keytab that can be read from here`, entries: [] };
}

function readSamba(path: string): LinuxEvidence["samba"] {
  const file = readFileWithin(path, MOST_TEXT_BYTES);
  if (file.state !== "read") return readingOf(path, file);
  return { ...readingOf(path, file), settings: parseSmbConf(file.bytes.toString("utf8")) };
}

function readSecrets(varRoot: string): LinuxEvidence["secrets"] {
  const folder = `${varRoot}/lib/samba/private`;
  const path = `${folder}/secrets.tdb`;
  const hasDomainDatabase = existsSync(`${folder}/sam.ldb`);
  const file = readOpened(path, (descriptor) => {
    const found = parseTdbKeys((offset, length) => {
      const bytes = Buffer.alloc(length);
      return bytes.subarray(0, readSync(descriptor, bytes, 0, length, offset));
    });
    return { state: "read" as const, ...found };
  });
  if (file.state !== "read") return { path, ...file, domains: [], hasDomainDatabase };
  const domains = file.keys.flatMap((key) =>
    key.startsWith(SECRETS_PASSWORD) ? key.slice(SECRETS_PASSWORD.length) : [],
  );
  const reason = file.trouble === undefined ? undefined : `${path}: ${file.trouble}`;
  return { path, state: "read", ...(reason !== undefined && { reason }), domains, hasDomainDatabase };
}

/** sssd.conf and its snippets, in the order in which sssd reads them (sssd.conf(5)). */
function readSssd(etcRoot: string, beyond: Reading[]): LinuxEvidence["sssd"] {
  const path = `${etcRoot}/sssd/sssd.conf`;
  const snippets = fewIn(`${etcRoot}/sssd/conf.d`, (name) => /^[^.].*\.conf$/.test(name), beyond);
  const files = [path, ...snippets].map((file) => ({ file, reading: readFileWithin(file, MOST_TEXT_BYTES) }));
  const texts = files.flatMap(({ file, reading }) =>
    reading.state === "read" ? [{ file, text: reading.bytes.toString("utf8") }] : [],
  );
  // A snippet that can't be read hides as much as the file itself.
  const hidden = files.find(({ reading }) => reading.state === "denied" || reading.state === "failed");
  const main = files[0];
  const told = hidden ?? main;
  const all = texts.map(({ text }) => text);
  const [domains, others] = [parseSssdConf(all), otherDomains(all)];
  if (told === undefined || (hidden === undefined && texts.length > 0)) {
    const damage = texts.flatMap(({ file, text }) => {
      const reason = damageOfSssdConf(text);
      return reason === undefined ? [] : [`${file}: ${reason}`];
    });
    for (const { file, reading } of files) {
      if (reading.state === "read" && reading.isCut) damage.push(`${file}: longer than ${MOST_TEXT_BYTES} bytes`);
    }
    if (lacksDomains(all)) damage.push(`${path}: names domains and says of none what it is`);
    return { path, state: "read", ...(damage.length > 0 && { reason: damage.join(", ") }), domains, others };
  }
  return { ...readingOf(told.file, told.reading), domains, others };
}

/** Of a folder that krb5.conf includes (krb5.conf(5)). */
const isIncluded = (name: string): boolean => /^[\w-]+$|^[^.].*\.conf$/.test(name);

/** krb5.conf with the files that it names, one level deep as it is found in the field. */
function readKerberos(path: string, roots: HostRoots, beyond: Reading[]): KerberosSettings {
  const all: KerberosSettings = { servers: [], includes: [] };
  const add = (file: string): KerberosSettings["includes"] => {
    const reading = readFileWithin(file, MOST_TEXT_BYTES);
    if (reading.state !== "read") return [];
    const { defaultRealm, defaultKeytab, servers, includes } = parseKrb5Conf(reading.bytes.toString("utf8"));
    // The first one counts (krb5.conf(5)).
    if (defaultRealm !== undefined) all.defaultRealm ??= defaultRealm;
    if (defaultKeytab !== undefined) all.defaultKeytab ??= defaultKeytab;
    all.servers.push(...servers);
    return includes;
  };
  for (const { path: written, isFolder } of add(path)) {
    const named = inRoots(roots, written);
    if (named === undefined) continue;
    for (const file of isFolder ? fewIn(named, isIncluded, beyond) : [named]) add(file);
  }
  return all;
}

function readKdcInfo(folder: string, beyond: Reading[]): LinuxEvidence["kdcInfo"] {
  const prefix = "kdcinfo.";
  const isRead = (name: string): boolean => name.startsWith(prefix) && name.length > prefix.length;
  return fewIn(folder, isRead, beyond).flatMap((path) => {
    const file = readFileWithin(path, MOST_TEXT_BYTES);
    if (file.state !== "read") return [];
    const realm = basename(path).slice(prefix.length).toUpperCase();
    return [{ path, realm, addresses: parseKdcInfo(file.bytes.toString("utf8")) }];
  });
}

/** The realm of a FreeIPA that the host is enrolled in, which is none of Active Directory. */
function ipaRealmOf(path: string): string | undefined {
  const file = readFileWithin(path, MOST_TEXT_BYTES);
  if (file.state !== "read") return undefined;
  return parseIni(file.bytes.toString("utf8")).get("global")?.get("realm")?.toUpperCase();
}

/** By the files that each one's vendor documents; none of them was met in the lab. */
function findJoiners({ etcRoot, varRoot, optRoot, usrRoot }: HostRoots): LinuxEvidence["joiners"] {
  const cache = "lsass-adcache.filedb.";
  const pbisDomain = namesIn(`${varRoot}/lib/pbis/db`)
    .find((name) => name.startsWith(cache))
    ?.slice(cache.length);
  const known: LinuxEvidence["joiners"] = [
    { method: "pbis", path: `${optRoot}/pbis/bin/domainjoin-cli`, ...(pbisDomain && { domain: pbisDomain }) },
    { method: "pbis", path: `${optRoot}/likewise/bin/domainjoin-cli` },
    { method: "centrify", path: `${etcRoot}/centrifydc/centrifydc.conf` },
    { method: "centrify", path: `${usrRoot}/bin/adinfo` },
    { method: "vas", path: `${optRoot}/quest/bin/vastool` },
  ];
  return known.filter(({ path }) => existsSync(path));
}

/** The first of those that are meant, with their folder; what is left out is told in `beyond`. */
function fewIn(folder: string, isMeant: (name: string) => boolean, beyond: Reading[]): string[] {
  const meant = namesIn(folder).filter(isMeant);
  const more = meant.length - MOST_FILES;
  if (more > 0)
    beyond.push({
      path: folder,
      state: "read",
      reason: `${folder}: ${more} files beyond the first ${MOST_FILES} were not read`,
    });
  return meant.slice(0, MOST_FILES).map((name) => `${folder}/${name}`);
}

function readingOf(path: string, file: FileReading): Reading {
  if (file.state !== "read") return { path, state: file.state, reason: file.reason };
  return { path, state: "read", ...(file.isCut && { reason: `${path}: longer than ${MOST_TEXT_BYTES} bytes` }) };
}
