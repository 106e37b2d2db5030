import { table } from "@portolan/collector/table";
import { BLINDNESS } from "@portolan/protocol";
import type { Api } from "./api.ts";

type Dependency = Awaited<ReturnType<Api["dependencies"]>>[number];

const ROWS = 10;

function section(title: string, header: string[], rows: (string | number)[][]): string {
  const more = rows.length > ROWS ? `… and ${rows.length - ROWS} more\n` : "";
  return `${title} (${rows.length})\n${rows.length > 0 ? table(header, rows.slice(0, ROWS)) : ""}${more}`;
}

/** Without root the kernel keeps the owners of other users' sockets to itself. */
function unnamed(listeners: { protocol: string; port: number; process?: string | undefined }[]): string | undefined {
  const ports = [
    ...new Set(
      listeners.filter((entry) => entry.process === undefined).map((entry) => `${entry.protocol}/${entry.port}`),
    ),
  ];
  if (ports.length === 0) return undefined;
  const why = process.getuid?.() === 0 ? "their owners can't be seen from here" : "run as root to name them";
  return `No process could be named behind ${ports.slice(0, ROWS).join(", ")}${ports.length > ROWS ? ", …" : ""}: ${why}.`;
}

const end = (host: string | undefined, address: string | undefined) => host ?? address ?? "";

const RANK = { observed: 0, corrected: 0, guessed: 1, unknown: 2 } as const;

/** What is certain and frequent stands first. */
function knownFirst(a: Dependency, b: Dependency): number {
  return RANK[a.direction] - RANK[b.direction] || b.connections - a.connections;
}

/** What the first report showed, in short, with what it can't show and what to try next. */
export async function summary(api: Api): Promise<string> {
  const [hosts, listeners, dependencies, coverage] = await Promise.all([
    api.hosts(),
    api.listeners(),
    api.dependencies(),
    api.coverage(),
  ]);
  const blind = [...new Set(coverage.hosts.flatMap((host) => host.blindTo))].map(
    (word) => (BLINDNESS as Record<string, string>)[word] ?? word,
  );
  const parts = [
    section(
      "Hosts",
      ["NAME", "KIND", "ZONE"],
      hosts.map((host) => [host.name, host.kind, host.zone ?? ""]),
    ),
    section(
      "Listeners",
      ["SERVICE", "ADDRESS", "PROCESS"],
      listeners.map((entry) => [`${entry.protocol}/${entry.port}`, entry.address, entry.process ?? ""]),
    ),
    section(
      "Dependencies",
      ["CLIENT", "SERVER", "SERVICE", "PROCESS", "CONNECTIONS", "FAILED"],
      [...dependencies]
        .sort(knownFirst)
        .map((entry) => [
          end(entry.clientHost, entry.clientAddress),
          end(entry.serverHost, entry.serverAddress),
          `${entry.protocol}/${entry.serverPort}`,
          [entry.clientProcesses.join(", "), entry.serverProcesses.join(", ")].filter(Boolean).join(" → "),
          `${entry.lowerBound ? "≥ " : ""}${entry.connections}`,
          entry.failed || "",
        ]),
    ),
    unnamed(listeners),
    blind.length > 0 ? `This agent does not see: ${blind.join("; ")}.` : undefined,
    [
      `API documentation: ${api.url}/api/docs`,
      "Try, in another terminal:",
      "  npm run portolan -- dependencies",
      "  npm run portolan -- coverage",
      "  npm run portolan -- export firewall --format xlsx --scope all -o firewall.xlsx",
      "Ctrl-C stops both programs; the data stays in ./data.",
    ].join("\n"),
  ];
  return parts.filter((part) => part !== undefined).join("\n");
}
