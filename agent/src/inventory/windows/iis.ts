import { readFileSync, statSync } from "node:fs";
import { decodeText } from "../../decode-text.ts";
import { codeOf, messageOf } from "../../errors.ts";
import { readFileWithin } from "../../read-file-within.ts";
import type { Registry } from "../../windows/registry.ts";
import { systemRoot } from "../../windows/system-root.ts";
import type { FoundSoftware } from "../software/found-software.ts";
import {
  type ApplicationPool,
  parseApplicationHost,
  parseApplicationPools,
  parseRedirection,
  type Site,
} from "./parse-application-host.ts";

const SETUP = "SOFTWARE\\Microsoft\\InetStp";
const CONFIGURATION = "System32\\inetsrv\\config\\applicationHost.config";
/** Of a server with thousands of sites. */
const MOST_BYTES = 16_000_000;
/** The protocol's limits (software.ts of packages/protocol). */
const MOST = { bindings: 1024, ports: 256 };

/** A configuration of IIS that cannot be taken. */
class IisError extends Error {
  override name = "IisError";
}

/**
 * The sites of IIS, each with its bindings; none where IIS is not installed. The kernel listens for them, so that no
 * process owns their ports.
 *
 * @param note told why sites, or bindings of them, are missing: without its sites IIS itself still stands
 */
export function iisSites(registry: Registry, note: (reason: string) => void): FoundSoftware[] {
  const versionText = registry.text(SETUP, "VersionString");
  if (versionText === undefined) return [];
  const version = /\d+(?:\.\d+)*/.exec(versionText)?.[0];
  const file = configurationFile(registry);
  const item = { kind: "web-server" as const, name: "IIS", ...(version !== undefined && { version }) };
  let sites: Site[];
  try {
    sites = sitesOf(file, note);
  } catch (error) {
    note(`${file}: ${codeOf(error) ?? messageOf(error)}`);
    return [{ item: { ...item, ports: [], sources: [`HKLM\\${SETUP}`] }, owns: () => false }];
  }
  return sites.map(({ name, bindings }) => {
    const ports = bindings.map(({ port }) => port).filter((port) => port !== undefined);
    return {
      item: {
        ...item,
        instance: name,
        ports: [...new Set(ports)].sort((a, b) => a - b).slice(0, MOST.ports),
        bindings: bindings.slice(0, MOST.bindings),
        sources: [file],
      },
      owns: () => false,
    };
  });
}

/**
 * The application pools of IIS; none where it is not installed.
 *
 * @param note told which file could not be taken, and why
 */
export function readApplicationPools(
  registry: Registry,
  note: (file: string, reason: string) => void,
): ApplicationPool[] {
  let file = `HKLM\\${SETUP}`;
  try {
    if (registry.text(SETUP, "VersionString") === undefined) return [];
    file = configurationFile(registry);
    return parseApplicationPools(readConfiguration(file));
  } catch (error) {
    note(file, codeOf(error) ?? messageOf(error));
    return [];
  }
}

function configurationFile(registry: Registry): string {
  return `${systemRoot(registry)}\\${CONFIGURATION}`;
}

function sitesOf(file: string, note: (reason: string) => void): Site[] {
  const { sites, lost } = parseApplicationHost(readConfiguration(file));
  if (lost > 0) note(`${file}: ${lost} bindings made no sense`);
  return sites;
}

/** @throws IisError where it is too long, or not the one that IIS goes by. */
function readConfiguration(file: string): string {
  const elsewhere = sharedFolder(file);
  if (elsewhere !== undefined) {
    throw new IisError(`not in use: IIS takes its configuration from ${elsewhere}, which is not read`);
  }
  const { size } = statSync(file);
  if (size > MOST_BYTES) throw new IisError(`${size} bytes, expected at most ${MOST_BYTES}`);
  return decodeText(readFileSync(file));
}

/** Where servers of a farm share one configuration, its folder; the file of this host is an old one then. */
function sharedFolder(file: string): string | undefined {
  const redirection = readFileWithin(file.replace(/[^\\]*$/, "redirection.config"), MOST_BYTES);
  return redirection.state === "read" ? parseRedirection(decodeText(redirection.bytes)) : undefined;
}
