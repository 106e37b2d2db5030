import { filesBelow } from "./files-below.ts";
import type { Findings } from "./findings.ts";
import { type BoundTo, type LicenceHost, parseLicenceFile } from "./parse-licence-file.ts";
import { isThisHost } from "./this-host.ts";
import { type OwnIdentity, isOwn } from "./own-identity.ts";

/** Folders of FLEXlm and RLM, as they and their installers call them. */
export const LICENCE_FOLDERS = ["flexlm", "FNP", "rlm"];

const MOST_FILES = 200;
const DEEPEST = 3;
/** What FLEXlm's licences call the host that they lie on. */
const PLACEHOLDER = "this_host";

/**
 * Licence files of FLEXlm and RLM in folders and by path: the servers that they send programs to, and for this host's own
 * the MAC or address that the licence is bound to. A vendor has to issue it anew for another one.
 *
 * @param paths folders, which are searched, and files
 */
export function findLicenceFiles(paths: readonly string[], own: OwnIdentity, to: Findings): void {
  const sources = new Set<string>();
  for (const path of paths) {
    const { files, isCut, unread } = isLicenceFile(path)
      ? { files: [path], isCut: false, unread: [] }
      : filesBelow(path, { deepest: DEEPEST, most: MOST_FILES, followsLinks: true });
    unread.forEach(to.miss);
    if (isCut) to.miss(`${path}: more than ${MOST_FILES} files, or some below more than ${DEEPEST} folders`);
    for (const file of files.filter(isLicenceFile)) sources.add(file);
  }
  for (const source of sources) takeFile(source, own, to);
}

const isLicenceFile = (name: string): boolean => /\.(?:lic|dat)$/i.test(name);

function takeFile(source: string, own: OwnIdentity, to: Findings): void {
  const { product, hosts, locks } = parseLicenceFile(to.textOf(source));
  for (const host of hosts) {
    const { holder, target } = isMeant(host, own)
      ? served(product, host, own)
      : { holder: `${product} licence file`, target: serverText(host) };
    to.add({ kind: "licence-service", holder, target, source });
  }
  for (const lock of locks) {
    const holder = `${product} licence without a server, bound to ${owner(lock, own)}`;
    to.add({ kind: "licence-service", holder, target: lock.value, source });
  }
}

/** By its name, or, as a renamed host's licence goes on to work, by what it is bound to. */
function isMeant({ name, boundTo }: LicenceHost, own: OwnIdentity): boolean {
  if (name.toLowerCase() === PLACEHOLDER || isThisHost(name) || isOwn(own, name)) return true;
  return boundTo?.kind === "mac" && own.macs.has(boundTo.value);
}

function served(product: string, host: LicenceHost, own: OwnIdentity): { holder: string; target: string } {
  const { boundTo } = host;
  const server = `${product} server ${serverText(host)} on this host`;
  if (boundTo === undefined) return { holder: `${server}, its licence bound to no host`, target: serverText(host) };
  return { holder: `${server}, its licence bound to ${owner(boundTo, own)}`, target: boundTo.value };
}

function owner({ kind, value }: BoundTo, own: OwnIdentity): string {
  if (kind === "mac") {
    if (own.macs.size === 0) return "a MAC";
    return own.macs.has(value) ? "this host's MAC" : "a MAC that no adapter of this host has";
  }
  if (kind === "address") {
    if (value.includes("*")) return "addresses";
    return own.addresses.has(value) ? "this host's address" : "an address that this host hasn't got";
  }
  return "a host id";
}

function serverText({ name, port }: LicenceHost): string {
  return port === undefined ? name : `${name}:${port}`;
}
