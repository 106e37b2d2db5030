import {
  LINK_LOCAL,
  accounts,
  atLeast,
  directoryNotes,
  end,
  field,
  kind,
  minute,
  names,
  notes,
  segments,
  service,
  skew,
  status,
  text,
  type Row,
} from "./list-cells.ts";

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

export const LISTS: ListCommand[] = [
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
