import type { Registry } from "../../windows/registry.ts";
import type { FoundSoftware } from "../software/found-software.ts";

/** Those of 64 and of 32 bits. */
const ROOTS = ["SOFTWARE\\Microsoft\\Microsoft SQL Server", "SOFTWARE\\WOW6432Node\\Microsoft\\Microsoft SQL Server"];
const DEFAULT_INSTANCE = "MSSQLSERVER";

/**
 * The instances of SQL Server's engine, by the keys that its setup and its configuration manager write. Which ports a
 * dynamic one has now is what it noted at its last start.
 *
 * @param denied told of a part of an instance that may not be read; the rest of it stands
 * @throws Win32Error where the list of instances may not be read.
 */
export function sqlServers(registry: Registry, denied: (error: unknown) => void): FoundSoftware[] {
  const known = new Set<string>();
  return ROOTS.flatMap((root) =>
    registry.values(`${root}\\Instance Names\\SQL`).flatMap((name) => {
      const id = registry.text(`${root}\\Instance Names\\SQL`, name);
      if (id === undefined || id === "" || known.has(id)) return [];
      known.add(id);
      return [instance(registry, `${root}\\${id}`, name, denied)];
    }),
  );
}

function instance(registry: Registry, key: string, name: string, denied: (error: unknown) => void): FoundSoftware {
  const { version, edition, folder } = allowed(() => setupOf(registry, key), denied) ?? {};
  const tcp = `${key}\\MSSQLServer\\SuperSocketNetLib\\Tcp`;
  const { ports = [], isDynamic = false } = allowed(() => portsOf(registry, tcp), denied) ?? {};
  return {
    item: {
      kind: "database",
      name: "Microsoft SQL Server",
      ...(version !== undefined && { version }),
      ...(edition !== undefined && { edition }),
      instance: name,
      ports,
      ...(isDynamic && { dynamicPorts: true }),
      sources: [`HKLM\\${key}`],
    },
    service: name === DEFAULT_INSTANCE ? name : `MSSQL$${name}`,
    owns: (executable) => folder !== undefined && executable.toLowerCase() === `${folder}sqlservr.exe`,
  };
}

function allowed<Part>(read: () => Part, denied: (error: unknown) => void): Part | undefined {
  try {
    return read();
  } catch (error) {
    denied(error);
    return undefined;
  }
}

/** What the setup noted; `folder` is that of the program, in lower case. */
function setupOf(registry: Registry, key: string) {
  const text = (below: string, name: string) => registry.text(`${key}\\${below}`, name) || undefined;
  return {
    version:
      text("Setup", "PatchLevel") ?? text("Setup", "Version") ?? text("MSSQLServer\\CurrentVersion", "CurrentVersion"),
    edition: text("Setup", "Edition"),
    folder: text("Setup", "SQLBinRoot")?.replace(/\\?$/, "\\").toLowerCase(),
  };
}

/**
 * TCP ports: of all addresses together, or of each that is switched on. `TcpDynamicPorts` is empty for fixed ports, 0 for
 * a dynamic one that has not been chosen yet. None where TCP is switched off.
 */
function portsOf(registry: Registry, tcp: string): { ports: number[]; isDynamic: boolean } {
  if (registry.number(tcp, "Enabled") === 0) return { ports: [], isDynamic: false };
  const isTogether = registry.number(tcp, "ListenOnAllIPs") !== 0;
  const entries = registry
    .keys(tcp)
    .filter((entry) => /^IPAll$/i.test(entry) === isTogether)
    .filter((entry) => isTogether || registry.number(`${tcp}\\${entry}`, "Enabled") === 1);
  const texts = (name: string) => entries.map((entry) => registry.text(`${tcp}\\${entry}`, name)?.trim() ?? "");
  const dynamic = texts("TcpDynamicPorts").filter((text) => text !== "");
  const numbers = [...texts("TcpPort"), ...dynamic].flatMap((text) => text.split(",")).map((text) => Number(text));
  const ports = numbers.filter((port) => Number.isInteger(port) && port > 0 && port <= 65_535);
  return { ports: [...new Set(ports)].sort((a, b) => a - b), isDynamic: dynamic.length > 0 };
}
