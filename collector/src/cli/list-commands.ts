import type { Command } from "commander";
import {
  connect,
  printJson,
  withConnection,
  withFilters,
  withHostFilters,
  withJson,
  withPeriod,
  type Shell,
} from "./command.ts";
import type { ConnectionOptions } from "./connection.ts";
import { table } from "./table.ts";

type Row = Record<string, unknown>;

/** A list of the API as a command: its filters, and which fields make the table's columns. */
interface ListCommand {
  name: string;
  description: string;
  path: string;
  /** `hosts`: by host and zone, as there is no port to it. */
  filters: boolean | "hosts";
  period: boolean;
  columns: [title: string, cell: (row: Row) => string | number][];
}

/** Every interface has one, and nobody beyond the link can use it. */
const LINK_LOCAL = /^(fe80:|169\.254\.)/;

const text = (value: unknown): string => {
  if (value === undefined || value === null) return "";
  if (Array.isArray(value)) return value.map(text).join(", ");
  return String(value);
};
const field = (name: string) => (row: Row) => {
  const value = row[name];
  return typeof value === "number" ? value : text(value);
};
const atLeast = (row: Row) => `${row["lowerBound"] ? "≥ " : ""}${text(row["connections"])}`;
const minute = (name: string) => (row: Row) =>
  text(row[name])
    .replace("T", " ")
    .replace(/:\d\d\.\d+Z$/, "Z");
const end = (side: "client" | "server") => (row: Row) => {
  const [host, address] = [text(row[`${side}Host`]), text(row[`${side}Address`])];
  return host && address ? `${host} (${address})` : host || address;
};
const service = (row: Row) => `${text(row["protocol"])}/${text(row["serverPort"])}`;

const kind = (row: Row) => {
  const original = row["cloneOf"] as { name: string } | undefined;
  const retired = row["retiredAt"] === undefined ? "" : ", retired";
  return `${text(row["kind"])}${original ? `, clone of ${original.name}` : ""}${retired}`;
};
/** Below this a clock is as right as a Date header can tell. */
const NO_SKEW_MS = 5000;
const skew = (row: Row) => {
  const ms = Number(row["skewMs"] ?? 0);
  if (Math.abs(ms) < NO_SKEW_MS) return row["skewMs"] === undefined ? "" : "none";
  return `${Math.round(Math.abs(ms) / 1000)} s ${ms > 0 ? "ahead" : "behind"}`;
};
const notes = (row: Row) =>
  [
    ["clones", "clone(s)"],
    ["conflicts", "report(s) under a used number"],
    ["correctedReports", "report(s) with corrected times"],
    ["misplacedReports", "report(s) with times that made no sense"],
  ]
    .flatMap(([name = "", words = ""]) => (row[name] === undefined ? [] : [`${text(row[name])} ${words}`]))
    .concat(row["retiredAt"] === undefined ? [] : ["retired"])
    .join(", ");

const names = (field: string) => (row: Row) => (row[field] as { name: string }[]).map(({ name }) => name).join(", ");
const status = (row: Row) => {
  const parts = [text(row["status"]), text(row["reason"])].filter((part) => part !== "");
  return parts.join(", ");
};
/** What a person must know of a host besides its membership. */
const directoryNotes = (row: Row) => {
  const controller = row["controller"] as { confidence: number } | undefined;
  const authenticates = row["authenticates"] as { services: string[]; processes: string[] } | undefined;
  const by = authenticates?.processes.length ? ` by ${authenticates.processes.join(", ")}` : "";
  return [
    ...(controller ? [`domain controller, confidence ${controller.confidence}`] : []),
    ...(authenticates ? [`uses the directory without being joined: ${authenticates.services.join(", ")}${by}`] : []),
    ...(row["states"] === undefined ? [] : [`${text(row["states"])} states so far`]),
  ].join("; ");
};
const accounts = (row: Row) =>
  [...new Set(((row["serviceAccounts"] ?? []) as { account: string }[]).map(({ account }) => account))].join(", ");
const segments = (row: Row) => (row["segments"] as { cidr: string }[]).map(({ cidr }) => cidr).join(", ");

const LISTS: ListCommand[] = [
  {
    name: "agents",
    description: "agents: when each last reported, how far its clock is off, and whether it has clones",
    path: "/agents",
    filters: false,
    period: false,
    columns: [
      ["HOST", field("host")],
      ["SITE", field("site")],
      ["VERSION", field("version")],
      ["LAST REPORT", minute("lastReportAt")],
      ["CLOCK", skew],
      ["NOTES", notes],
    ],
  },
  {
    name: "hosts",
    description: "hosts: managed with an agent, imported from a file, unmanaged when known only as a peer",
    path: "/hosts",
    filters: true,
    period: true,
    columns: [
      ["NAME", field("name")],
      ["KIND", kind],
      ["ZONE", field("zone")],
      [
        "ADDRESSES",
        (row) =>
          (row["addresses"] as { address: string; hostLocal: boolean }[])
            .filter((entry) => !entry.hostLocal && !LINK_LOCAL.test(entry.address))
            .map((entry) => entry.address)
            .join(", "),
      ],
      ["OS", field("os")],
      ["LAST SEEN", minute("lastSeen")],
    ],
  },
  {
    name: "listeners",
    description: "processes bound to ports",
    path: "/listeners",
    filters: true,
    period: true,
    columns: [
      ["HOST", field("host")],
      ["PROTOCOL", field("protocol")],
      ["ADDRESS", field("address")],
      ["PORT", field("port")],
      ["PROCESS", field("process")],
      ["OPEN", (row) => (row["open"] ? "yes" : "no longer")],
      ["SCOPE", field("scope")],
    ],
  },
  {
    name: "software",
    description: "database engines and web sites on hosts, as their agents know them",
    path: "/software",
    filters: true,
    period: false,
    columns: [
      ["HOST", field("host")],
      ["SOFTWARE", field("name")],
      ["INSTANCE", field("instance")],
      ["VERSION", field("version")],
      ["EDITION", field("edition")],
      ["PORTS", (row) => `${text(row["ports"])}${row["dynamicPorts"] ? " (dynamic)" : ""}`],
      ["KNOWN FROM", field("sources")],
    ],
  },
  {
    name: "flows",
    description: "flows, each as one host saw it",
    path: "/flows",
    filters: true,
    period: true,
    columns: [
      ["CLIENT", end("client")],
      ["SERVER", end("server")],
      ["SERVICE", service],
      ["PROCESS", field("process")],
      ["SEEN FROM", field("seenFrom")],
      ["CONNECTIONS", atLeast],
      ["FAILED", (row) => Number(row["failed"] ?? 0) || ""],
      ["FIRST SEEN", minute("firstSeen")],
      ["LAST SEEN", minute("lastSeen")],
      ["DIRECTION", field("direction")],
      ["SCOPE", field("scope")],
    ],
  },
  {
    name: "dependencies",
    description: "what the flows of both ends come to",
    path: "/dependencies",
    filters: true,
    period: true,
    columns: [
      ["CLIENT", end("client")],
      ["SERVER", end("server")],
      ["SERVICE", service],
      ["FROM", field("clientProcesses")],
      ["TO", field("serverProcesses")],
      ["CONNECTIONS", atLeast],
      ["FAILED", (row) => Number(row["failed"] ?? 0) || ""],
      ["LAST SEEN", minute("lastSeen")],
      ["DAYS", field("days")],
      ["ENDS", field("ends")],
      ["DIRECTION", field("direction")],
    ],
  },
  {
    name: "directory",
    description: "Active Directory: who is joined to what, and on which evidence (--json has all of it)",
    path: "/directory",
    filters: true,
    period: true,
    columns: [
      ["HOST", field("host")],
      ["STATUS", status],
      ["DOMAIN", (row) => text(row["dnsDomain"] ?? row["realm"])],
      ["AD SITE", field("site")],
      ["METHOD", field("method")],
      ["CONTROLLERS", names("controllers")],
      ["ACCOUNTS", accounts],
      ["CHECKED", minute("checkedAt")],
      ["NOTES", directoryNotes],
    ],
  },
  {
    name: "domain-controllers",
    description: "domain controllers, and why each is held to be one",
    path: "/directory/controllers",
    filters: false,
    period: true,
    columns: [
      ["NAME", field("name")],
      ["KIND", field("kind")],
      ["ADDRESSES", field("addresses")],
      ["DOMAIN", field("domain")],
      ["AD SITE", field("site")],
      ["CONFIDENCE", field("confidence")],
      ["MEMBERS", field("members")],
      ["CLIENTS", field("clients")],
      ["REASONS", (row) => (row["reasons"] as { text: string }[]).map((reason) => reason.text).join("; ")],
    ],
  },
  {
    name: "directory-sites",
    description: "AD sites as their members report them, and the segments these are in",
    path: "/directory/sites",
    filters: false,
    period: false,
    columns: [
      ["AD SITE", field("name")],
      ["DOMAINS", field("domains")],
      ["CONTROLLERS", field("controllers")],
      ["SEGMENTS", segments],
      ["HOSTS", field("hosts")],
    ],
  },
  {
    name: "directory-segments",
    description: "which AD sites the hosts of each segment name",
    path: "/directory/segments",
    filters: false,
    period: false,
    columns: [
      ["SEGMENT", field("cidr")],
      ["SITE", field("site")],
      [
        "AD SITES",
        (row) =>
          (row["sites"] as { name: string; hosts: number }[]).map(({ name, hosts }) => `${name} (${hosts})`).join(", "),
      ],
      ["JOINED, NO SITE", field("silent")],
    ],
  },
  {
    name: "address-dependencies",
    description: "what on hosts names an address, and may break when a server moves",
    path: "/address-dependencies",
    filters: "hosts",
    period: true,
    columns: [
      ["HOST", field("host")],
      ["KIND", field("kind")],
      ["HOLDER", field("holder")],
      ["TARGET", field("target")],
      ["VALID UNTIL", minute("validUntil")],
      ["SOURCE", field("source")],
      ["CURRENT", (row) => (row["current"] ? "yes" : "no longer")],
    ],
  },
  {
    name: "shared-services",
    description: "hosts that serve nearly everybody, with reasons",
    path: "/shared-services",
    filters: false,
    period: false,
    columns: [
      ["HOST", field("host")],
      ["CONFIDENCE", field("confidence")],
      ["SOURCE", field("source")],
      ["REASONS", field("reasons")],
    ],
  },
];

/** By the first column, then the next: the order in which a person looks something up. */
function byCells(a: readonly (string | number)[], b: readonly (string | number)[]): number {
  for (const [index, left] of a.entries()) {
    const right = b[index] ?? "";
    if (typeof left === "number" && typeof right === "number" && left !== right) return left - right;
    if (left !== right) return String(left) < String(right) ? -1 : 1;
  }
  return 0;
}

export function addListCommands(program: Command, shell: Shell): void {
  for (const list of LISTS) {
    let command = withJson(withConnection(program.command(list.name).description(list.description)));
    if (list.filters === "hosts") command = withHostFilters(command);
    else if (list.filters) command = withFilters(command);
    if (list.period) command = withPeriod(command);
    command.action(
      async (
        options: ConnectionOptions & { json?: boolean } & Record<
            "host" | "zone" | "port" | "since" | "until",
            string | undefined
          >,
      ) => {
        const { host, zone, port, since, until } = options;
        const client = await connect(options, shell.streams);
        const items = (await client.list(list.path, { host, zone, port, since, until })) as Row[];
        if (options.json) return printJson(shell.streams, { items });
        const titles = list.columns.map(([title]) => title);
        const rows = items.map((row) => list.columns.map(([, cell]) => cell(row))).sort(byCells);
        shell.streams.out.write(
          rows.length === 0 ? `No ${list.name.replaceAll("-", " ")} yet.\n` : table(titles, rows),
        );
      },
    );
  }
}
