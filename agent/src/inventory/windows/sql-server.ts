import type { Registry } from "../../windows/registry.ts";
import type { FoundSoftware } from "../software/found-software.ts";

/** Those of 64 and of 32 bits. */
const ROOTS = ["SOFTWARE\\Microsoft\\Microsoft SQL Server", "SOFTWARE\\WOW6432Node\\Microsoft\\Microsoft SQL Server"];
const DEFAULT_INSTANCE = "MSSQLSERVER";

/**
 * The instances of SQL Server's engine, by the keys that its setup and its configuration manager write. Which ports a
 * dynamic one has now is what it noted at its last start.
 *
 * @throws Win32Error where a key may not be read.
 */
export function sqlServers(registry: Registry): FoundSoftware[] {
  const known = new Set<string>();
  return ROOTS.flatMap((root) =>
    registry.values(`${root}\\Instance Names\\SQL`).flatMap((name) => {
      const id = registry.text(`${root}\\Instance Names\\SQL`, name);
      if (id === undefined || id === "" || known.has(id)) return [];
      known.add(id);
      return [instance(registry, `${root}\\${id}`, name)];
    }),
  );
}

function instance(registry: Registry, key: string, name: string): FoundSoftware {
  const setup = (value: string) => registry.text(`${key}\\Setup`, value) || undefined;
  const version =
    setup("PatchLevel") ??
    setup("Version") ??
    (registry.text(`${key}\\MSSQLServer\\CurrentVersion`, "CurrentVersion") || undefined);
  const edition = setup("Edition");
  const folder = setup("SQLBinRoot")?.replace(/\\?$/, "\\").toLowerCase();
  const { ports, isDynamic } = portsOf(registry, `${key}\\MSSQLServer\\SuperSocketNetLib\\Tcp`);
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
