import type { Command } from "commander";
import { withFilters, withHostFilters, withPeriod } from "./command.ts";
import {
  accounts,
  addressKind,
  addressNotes,
  addressSource,
  addresses,
  atLeast,
  directoryNotes,
  domain,
  end,
  failed,
  field,
  kind,
  minute,
  names,
  notes,
  ports,
  reasons,
  segments,
  service,
  sitesOfSegment,
  skew,
  status,
  still,
  type Row,
} from "./list-cells.ts";

const withStatus = (command: Command) =>
  command.option("--status <STATUS>", "only joined, not-joined, broken, unknown or not-reported");
const withKind = (command: Command) =>
  command
    .option("--kind <KIND>", "only one kind, such as dns-server")
    .option("--suspected <true|false>", "only what flows alone suggest, or only what was told");

/** A list of the API as a command: its options, and which fields make the table's columns. */
interface ListCommand {
  name: string;
  description: string;
  path: string;
  /** What narrows it. */
  options?: ((command: Command) => Command)[];
  columns: [title: string, cell: (row: Row) => string | number][];
}

export const LISTS: ListCommand[] = [
  {
    name: "agents",
    description: "agents: when each last reported, how far its clock is off, and whether it has clones",
    path: "/agents",
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
    options: [withFilters, withPeriod],
    columns: [
      ["NAME", field("name")],
      ["KIND", kind],
      ["ZONE", field("zone")],
      ["ADDRESSES", addresses],
      ["OS", field("os")],
      ["LAST SEEN", minute("lastSeen")],
    ],
  },
  {
    name: "listeners",
    description: "processes bound to ports",
    path: "/listeners",
    options: [withFilters, withPeriod],
    columns: [
      ["HOST", field("host")],
      ["PROTOCOL", field("protocol")],
      ["ADDRESS", field("address")],
      ["PORT", field("port")],
      ["PROCESS", field("process")],
      ["OPEN", still("open")],
      ["SCOPE", field("scope")],
    ],
  },
  {
    name: "software",
    description: "database engines and web sites on hosts, as their agents know them",
    path: "/software",
    options: [withFilters],
    columns: [
      ["HOST", field("host")],
      ["SOFTWARE", field("name")],
      ["INSTANCE", field("instance")],
      ["VERSION", field("version")],
      ["EDITION", field("edition")],
      ["PORTS", ports],
      ["KNOWN FROM", field("sources")],
    ],
  },
  {
    name: "flows",
    description: "flows, each as one host saw it",
    path: "/flows",
    options: [withFilters, withPeriod],
    columns: [
      ["CLIENT", end("client")],
      ["SERVER", end("server")],
      ["SERVICE", service],
      ["PROCESS", field("process")],
      ["SEEN FROM", field("seenFrom")],
      ["CONNECTIONS", atLeast],
      ["FAILED", failed],
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
    options: [withFilters, withPeriod],
    columns: [
      ["CLIENT", end("client")],
      ["SERVER", end("server")],
      ["SERVICE", service],
      ["FROM", field("clientProcesses")],
      ["TO", field("serverProcesses")],
      ["CONNECTIONS", atLeast],
      ["FAILED", failed],
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
    options: [withFilters, withPeriod, withStatus],
    columns: [
      ["HOST", field("host")],
      ["STATUS", status],
      ["DOMAIN", domain],
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
    options: [withPeriod],
    columns: [
      ["NAME", field("name")],
      ["KIND", field("kind")],
      ["ADDRESSES", field("addresses")],
      ["DOMAIN", field("domain")],
      ["AD SITE", field("site")],
      ["CONFIDENCE", field("confidence")],
      ["MEMBERS", field("members")],
      ["CLIENTS", field("clients")],
      ["REASONS", reasons],
    ],
  },
  {
    name: "directory-sites",
    description: "AD sites as their members report them, and the segments these are in",
    path: "/directory/sites",
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
    columns: [
      ["SEGMENT", field("cidr")],
      ["SITE", field("site")],
      ["AD SITES", sitesOfSegment],
      ["JOINED, NO SITE", field("silent")],
    ],
  },
  {
    name: "address-dependencies",
    description: "what on hosts names an address, and may break when a server moves",
    path: "/address-dependencies",
    options: [withHostFilters, withPeriod, withKind],
    columns: [
      ["HOST", field("host")],
      ["KIND", addressKind],
      ["HOLDER", field("holder")],
      ["TARGET", field("target")],
      ["VALID UNTIL", minute("validUntil")],
      ["SOURCE", addressSource],
      ["CURRENT", still("current")],
      ["NOTES", addressNotes],
    ],
  },
  {
    name: "shared-services",
    description: "hosts that serve nearly everybody, with reasons",
    path: "/shared-services",
    columns: [
      ["HOST", field("host")],
      ["CONFIDENCE", field("confidence")],
      ["SOURCE", field("source")],
      ["REASONS", field("reasons")],
    ],
  },
];
