import { createHash } from "node:crypto";
import { type AcceptedFlow, type AcceptedListener, openStorage } from "@portolan/collector";
import type { HostFacts } from "@portolan/protocol";

/**
 * SYNTHETIC estate of a given number of dependencies, written straight into a store: 60 to 10,000 hosts, 200 dependencies
 * each where there are enough. Of ten, eight go to another server and are reported by both ends, one goes to a directory
 * server that everybody calls, and one comes from a desktop that nobody knows. Every flow was seen on three days.
 */
export interface GrownEstate {
  hosts: number;
  dependencies: number;
}

export const VIEWER = "viewer";
export const EDITOR = "editor";
const DAYS = ["2026-11-16", "2026-11-17", "2026-11-18"];
const PORTS = [443, 1433, 5432, 8080, 3306, 9200, 5672, 22];
const DIRECTORY_PORTS = [53, 88, 389, 445, 123];
const DIRECTORY_SERVERS = 5;
const REPORTS_PER_COMMIT = 32;
const STRIDE = 7;
const BY_HAND = { kind: "system", id: "bench" } as const;

export const secretOf = (host: number) => `secret-${host}`;
const hash = (secret: string) => createHash("sha256").update(secret).digest("hex");
const addressOf = (host: number) => `10.${host >> 14}.${(host >> 6) & 255}.${(host & 63) + 1}`;
const outsider = (host: number, index: number) => {
  const desktop = (host * 31 + index) % 30_000;
  return `172.16.${desktop >> 8}.${desktop & 255}`;
};
const PROCESSES = new Map(
  [...PORTS, ...DIRECTORY_PORTS, 0].map((port) => [port, { name: `process-${port}`, user: "app" }]),
);

export function estateOf(size: number): GrownEstate {
  const hosts = Math.min(10_000, Math.max(60, Math.round(size / 200)));
  return { hosts, dependencies: Math.round(size / hosts) * hosts };
}

function flow(
  direction: "inbound" | "outbound",
  host: number,
  remoteAddress: string,
  port: number,
  day: string,
): AcceptedFlow {
  const firstSeen = Date.parse(`${day}T08:00:00Z`) + host;
  const process = PROCESSES.get(direction === "inbound" ? port : 0);
  return {
    protocol: "tcp",
    direction,
    localAddress: addressOf(host),
    remoteAddress,
    port,
    ...(process && { process }),
    guessed: false,
    connections: 1 + (port % 17),
    failed: 0,
    firstSeen,
    lastSeen: firstSeen + 36_000_000,
    day,
    sources: ["proc-net"],
    countsAreExact: false,
  };
}

/** What the host saw on one day. */
function flowsOf({ hosts, dependencies }: GrownEstate, host: number, day: string): AcceptedFlow[] {
  const each = Math.round(dependencies / hosts);
  const flows: AcceptedFlow[] = [];
  let [directory, ordinary] = [0, 0];
  for (let index = 0; index < each; index += 1) {
    if (index % 10 === 0) {
      const port = DIRECTORY_PORTS[directory % DIRECTORY_PORTS.length] ?? 53;
      const server = Math.floor(directory++ / DIRECTORY_PORTS.length) % DIRECTORY_SERVERS;
      if (server !== host) flows.push(flow("outbound", host, addressOf(server), port, day));
      if (server !== host || host >= DIRECTORY_SERVERS) continue;
      for (let client = 0; client < hosts; client += 1) {
        if (client !== host) flows.push(flow("inbound", host, addressOf(client), port, day));
      }
    } else if (index % 10 === 1) {
      flows.push(flow("inbound", host, outsider(host, index), 443, day));
    } else {
      const distance = 1 + Math.floor(ordinary / PORTS.length) * STRIDE;
      const port = PORTS[ordinary++ % PORTS.length] ?? 443;
      flows.push(flow("outbound", host, addressOf((host + distance) % hosts), port, day));
      flows.push(flow("inbound", host, addressOf((host - distance + hosts * STRIDE) % hosts), port, day));
    }
  }
  return flows;
}

function factsOf(host: number): HostFacts {
  return {
    hostname: `synthetic-${host}`,
    os: { family: "windows", name: "Windows Server 2019 Standard", version: "10.0.17763", architecture: "x86_64" },
    cpu: { cores: 2, logicalCores: 4 },
    memoryBytes: 16e9,
    disks: [{ mount: "C:", sizeBytes: 100e9, usedBytes: 40e9 }],
    interfaces: [{ name: "eth0", hostLocal: false, addresses: [{ address: addressOf(host), prefix: 26 }] }],
  };
}

function listenersOf(host: number): AcceptedListener[] {
  const ports = host < DIRECTORY_SERVERS ? [...PORTS, ...DIRECTORY_PORTS] : PORTS;
  return ports.map((port) => {
    const process = PROCESSES.get(port);
    return { protocol: "tcp", address: "0.0.0.0", port, ...(process && { process }) };
  });
}

/** Fills a new store; its API tokens have the secrets VIEWER and EDITOR, and agent `a<n>` has secretOf(n). */
export async function fillEstate(dataDir: string, estate: GrownEstate): Promise<void> {
  const storage = await openStorage({ dataDir });
  const at = Date.parse(`${DAYS[0]}T00:00:00Z`);
  await storage.createToken({ id: "t", kind: "enrolment", createdAt: at, hash: hash("enrolment") }, BY_HAND);
  for (const role of [VIEWER, EDITOR] as const) {
    await storage.createToken({ id: role, kind: "api", role, createdAt: at, hash: hash(role) }, BY_HAND);
  }
  for (let host = 0; host < estate.hosts; host += 1) {
    const agent = {
      agentId: `a${host}`,
      secretHash: hash(secretOf(host)),
      site: "synthetic",
      hostname: `synthetic-${host}`,
    };
    await storage.enrol("t", { ...agent, timeZone: "UTC", agentVersion: "0.1.0", at }, 0);
  }
  for (const [index, day] of DAYS.entries()) {
    const window = { from: Date.parse(`${day}T00:00:00Z`), to: Date.parse(`${day}T23:59:00Z`) };
    for (let first = 0; first < estate.hosts; first += REPORTS_PER_COMMIT) {
      const count = Math.min(REPORTS_PER_COMMIT, estate.hosts - first);
      const reports = Array.from({ length: count }, (_, offset) => {
        const host = first + offset;
        return {
          agentId: `a${host}`,
          epoch: "fedcba9876543210",
          number: index + 1,
          contentHash: `${host}-${day}`,
          receivedAt: window.to,
          skewMs: 0,
          agentVersion: "0.1.0",
          window,
          days: [day],
          sources: [],
          ...(index === 0 && { host: factsOf(host), listeners: listenersOf(host) }),
          flows: flowsOf(estate, host, day),
        };
      });
      for (const result of await storage.saveReports(reports)) if (result.error) throw result.error;
    }
  }
  await storage.close();
}
