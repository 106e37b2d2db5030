import { readFileSync, statSync } from "node:fs";
import { codeOf, messageOf } from "../../errors.ts";
import type { Registry } from "../../windows/registry.ts";
import type { FoundSoftware } from "../software/found-software.ts";
import {
  type ApplicationPool,
  parseApplicationHost,
  parseApplicationPools,
  type Site,
} from "./parse-application-host.ts";

const SETUP = "SOFTWARE\\Microsoft\\InetStp";
const CURRENT_VERSION = "SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion";
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
  return `${registry.text(CURRENT_VERSION, "SystemRoot") ?? "C:\\Windows"}\\${CONFIGURATION}`;
}

function sitesOf(file: string, note: (reason: string) => void): Site[] {
  const { sites, lost } = parseApplicationHost(readConfiguration(file));
  if (lost > 0) note(`${file}: ${lost} bindings made no sense`);
  return sites;
}

function readConfiguration(file: string): string {
  const { size } = statSync(file);
  if (size > MOST_BYTES) throw new IisError(`${size} bytes, expected at most ${MOST_BYTES}`);
  return readFileSync(file, "utf8");
}
