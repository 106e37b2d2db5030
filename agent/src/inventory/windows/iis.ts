import { readFileSync, statSync } from "node:fs";
import type { Registry } from "../../windows/registry.ts";
import type { FoundSoftware } from "../software/found-software.ts";
import { parseApplicationHost } from "./parse-application-host.ts";

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
 * @param lost called with what could not be read of a file that is otherwise good
 * @throws IisError, ApplicationHostError, or the file system's errors
 */
export function iisSites(registry: Registry, lost: (reason: string) => void): FoundSoftware[] {
  const versionText = registry.text(SETUP, "VersionString");
  if (versionText === undefined) return [];
  const version = /\d+(?:\.\d+)*/.exec(versionText)?.[0];
  const root = registry.text(CURRENT_VERSION, "SystemRoot") ?? "C:\\Windows";
  const file = `${root}\\${CONFIGURATION}`;
  const { size } = statSync(file);
  if (size > MOST_BYTES) throw new IisError(`${file}: ${size} bytes, expected at most ${MOST_BYTES}`);
  const parsed = parseApplicationHost(readFileSync(file, "utf8"));
  if (parsed.lost > 0) lost(`${file}: ${parsed.lost} bindings made no sense`);
  return parsed.sites.map(({ name, bindings }) => {
    const ports = bindings.map(({ port }) => port).filter((port) => port !== undefined);
    return {
      item: {
        kind: "web-server",
        name: "IIS",
        ...(version !== undefined && { version }),
        instance: name,
        ports: [...new Set(ports)].sort((a, b) => a - b).slice(0, MOST.ports),
        bindings: bindings.slice(0, MOST.bindings),
        sources: [file],
      },
      owns: () => false,
    };
  });
}
