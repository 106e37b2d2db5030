import type { Dependency, HostId } from "@portolan/graph";
import { NO_RULE_SENTENCES } from "../firewall-document.ts";
import type { RulePlace } from "../firewall-document.ts";
import { addressText } from "../text.ts";
import { cellList, cellText } from "./cell-text.ts";
import type { Column } from "./sheet.ts";

function end(host: HostId | undefined, folded: number | undefined, names: ReadonlyMap<HostId, string>): string {
  if (host !== undefined) return cellText(names.get(host) ?? host);
  return folded === undefined ? "(unmanaged)" : `(${folded} unmanaged)`;
}

const address = (text: string | undefined) => (text === undefined ? undefined : cellText(addressText(text)));

function direction(dependency: Dependency): string {
  if (dependency.clientPort === undefined) return dependency.direction;
  return `${dependency.direction}\n(other port ${dependency.clientPort})`;
}

function place(where: RulePlace): string {
  return "rules" in where ? cellList(where.rules.map((rule) => rule.id)) : `none: ${NO_RULE_SENTENCES[where.reason]}`;
}

/** The evidence, a row a dependency. */
export function dependencyColumns(
  names: ReadonlyMap<HostId, string>,
  placeOf: (dependency: Dependency) => RulePlace,
): readonly Column<Dependency>[] {
  return [
    { header: "Client", width: 16, widest: 34, kind: "text", content: (d) => end(d.clientHost, d.folded, names) },
    { header: "Client address", width: 16, widest: 28, kind: "text", content: (d) => address(d.clientAddress) },
    { header: "Client process", width: 14, widest: 32, kind: "text", content: (d) => cellList(d.clientProcesses) },
    { header: "Server", width: 16, widest: 34, kind: "text", content: (d) => end(d.serverHost, undefined, names) },
    { header: "Server address", width: 16, widest: 28, kind: "text", content: (d) => address(d.serverAddress) },
    { header: "Server process", width: 14, widest: 32, kind: "text", content: (d) => cellList(d.serverProcesses) },
    { header: "Protocol", width: 11, kind: "text", content: (d) => d.protocol },
    { header: "Port", width: 9, kind: "number", content: (d) => d.serverPort },
    { header: "Connections", width: 13, kind: "integer", content: (d) => d.connections },
    { header: "At least", width: 10, kind: "text", content: (d) => (d.lowerBound ? "at least" : undefined) },
    { header: "Failed", width: 10, kind: "integer", content: (d) => d.failed },
    { header: "First seen (UTC)", width: 17, kind: "time", content: (d) => new Date(d.firstSeen) },
    { header: "Last seen (UTC)", width: 17, kind: "time", content: (d) => new Date(d.lastSeen) },
    { header: "Days", width: 8, kind: "integer", content: (d) => d.days.length },
    { header: "Seen from", width: 11, kind: "text", content: (d) => d.ends },
    { header: "Sources", width: 12, widest: 24, kind: "text", content: (d) => cellText(d.sources.join(", ")) },
    { header: "Direction", width: 14, widest: 24, kind: "text", content: direction },
    { header: "Rule id", width: 14, widest: 40, kind: "text", content: (d) => place(placeOf(d)) },
  ];
}
