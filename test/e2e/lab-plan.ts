import type { EstatePlan } from "../estate/plan.ts";
import type { Service } from "../estate/traffic/script.ts";

export const COLLECTOR_PORT = 7440;
export const COLLECTOR_HOST = "collector";

/** Six hosts in three zones, and the collector's own host in a fourth. */
export const ESTATE: EstatePlan = {
  segments: [
    { name: "dmz", cidr: "10.81.1.0/24" },
    { name: "app", cidr: "10.81.2.0/24" },
    { name: "data", cidr: "10.81.3.0/24" },
    { name: "management", cidr: "10.81.9.0/24" },
  ],
  hosts: [
    { name: "web1", segment: "dmz", address: "10.81.1.11" },
    { name: "web2", segment: "dmz", address: "10.81.1.12" },
    { name: "app1", segment: "app", address: "10.81.2.21" },
    { name: "shop1", segment: "app", address: "10.81.2.22" },
    { name: "db1", segment: "data", address: "10.81.3.31" },
    { name: "file1", segment: "data", address: "10.81.3.32" },
    { name: COLLECTOR_HOST, segment: "management", address: "10.81.9.41" },
  ],
};

/** As a user would write it; the zones are the segments. */
export const ZONES_CSV = [
  "zone,cidr,site,kind,description",
  ...ESTATE.segments.map((segment) => `${segment.name},${segment.cidr},,servers,lab`),
  "",
].join("\r\n");

export const ENDING_HOST = "file1";
/** In the middle of the ephemeral range: without memory of the listener its rows would look like a client's. */
export const ENDING_PORT = 40_811;
export const DATABASE_PORT = 3306;

export const SERVICES: readonly Service[] = [
  { host: "web1", port: 8080, closes: "server", program: "server" },
  { host: "web2", port: 8080, closes: "server", program: "server", listenAddress: "::" },
  { host: "app1", port: 9000, closes: "client", program: "server", long: true },
  { host: "app1", port: 9001, closes: "either", program: "server" },
  { host: "shop1", port: 8443, closes: "server", program: "web-server", databasePort: DATABASE_PORT },
  { host: "shop1", port: DATABASE_PORT, closes: "client", program: "database", listenAddress: "127.0.0.1" },
  { host: "db1", port: 5432, closes: "client", program: "server", long: true, listenAddress: "::" },
  { host: "db1", port: 1433, closes: "client", program: "server" },
  { host: "file1", port: 445, closes: "either", program: "server", long: true },
  { host: ENDING_HOST, port: ENDING_PORT, closes: "server", program: "server", endsAfterItsCalls: true },
];
