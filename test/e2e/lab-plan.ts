import type { EstatePlan } from "../estate/plan.ts";
import type { Attempt, Service } from "../estate/traffic/script.ts";

export const COLLECTOR_PORT = 7440;
export const COLLECTOR_HOST = "collector";

/** Nobody listens on it. */
const REFUSED_PORT = 7001;
/** The host's firewall drops it. */
const DROPPED_PORT = 7999;
export const CONTAINER_HOST = "shop1";
export const CONTAINER_ADDRESS = "172.30.0.2";
export const PUBLISHED_PORT = 9443;

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
    { name: "db1", segment: "data", address: "10.81.3.31", drops: [DROPPED_PORT] },
    { name: "file1", segment: "data", address: "10.81.3.32" },
    { name: COLLECTOR_HOST, segment: "management", address: "10.81.9.41" },
  ],
  containers: [
    {
      name: "box",
      host: CONTAINER_HOST,
      address: CONTAINER_ADDRESS,
      published: [{ hostPort: PUBLISHED_PORT, port: 8443 }],
    },
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
  { host: "web2", port: 8081, closes: "either", program: "server", resets: true },
  { host: "app1", port: 9002, closes: "either", program: "server", resets: true, listenAddress: "::" },
  // UDP: on a host that tracks connections; a name server between hosts that don't, where only connected sockets are seen;
  // and a log server that nobody can see being called, as its callers connect no socket.
  { host: "db1", port: 1434, closes: "client", program: "udp-server", protocol: "udp" },
  { host: "file1", port: 53, closes: "client", program: "udp-server", protocol: "udp", callers: ["app1", "web2"] },
  {
    host: "file1",
    port: 5140,
    closes: "client",
    program: "udp-server",
    protocol: "udp",
    neverConnects: true,
    callers: ["app1", "web2"],
  },
  // The container runs what its host runs, on the same ports.
  {
    host: "shop1",
    container: "box",
    port: 8443,
    publishedPort: PUBLISHED_PORT,
    closes: "server",
    program: "web-server",
    databasePort: DATABASE_PORT,
    callers: ["web1", "web2"],
  },
  {
    host: "shop1",
    container: "box",
    port: DATABASE_PORT,
    closes: "client",
    program: "database",
    listenAddress: "127.0.0.1",
  },
  { host: "db1", port: 5433, closes: "client", program: "server", callers: ["box"] },
];

export const ATTEMPTS: readonly Attempt[] = [
  { from: "web1", to: "app1", port: REFUSED_PORT, fails: "refused", times: 3 },
  { from: "app1", to: "db1", port: DROPPED_PORT, fails: "unanswered", times: 2 },
  { from: "box", to: "app1", port: REFUSED_PORT, fails: "refused", times: 1 },
];

/** Hosts whose own connection tracking is active: for a rule of theirs, or for a container's address translation. */
export const TRACKING_HOSTS: readonly string[] = ["db1", "shop1"];
