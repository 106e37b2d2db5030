import { affinities } from "./affinity.ts";
import { communitiesOf } from "./communities.ts";
import { TRUSTED_CONTROLLER } from "./directory/controllers.ts";
import type { Controller } from "./directory/types.ts";
import { byText } from "./order.ts";
import { isServer, peersOf } from "./peers.ts";
import type { Dependency, Host, HostId, SharedService } from "./types.ts";

/** DNS, Kerberos, LDAP, global catalogue, NTP, syslog, mail, WSUS, Operations Manager, SNMP, proxy. */
const INFRASTRUCTURE_PORTS = new Set([53, 88, 389, 636, 3268, 123, 514, 8530, 25, 5723, 161, 3128]);
const CONFIDENCE = { infrastructure: 0.95, popular: 0.9, outlier: 0.8, platform: 0.4 } as const;

type Findings = Map<HostId, { confidence: number; reasons: string[] }>;

/**
 * Hosts that serve nearly everybody, by the rules that the planning notes measured; n is the number of managed and
 * imported hosts, and only these count as peers:
 *
 * - A: clients on infrastructure ports ≥ max(5, 1 % of n)
 * - B: clients, or servers, ≥ max(12, 10 % of n)
 * - C: up to four times, without those found: still ≥ max(12, 4 × the 90th percentile)
 * - D: up to twice: touches ≥ 8 foreign communities with ≤ 10 % of its peers in its own: a "platform?" of low
 *   confidence, for the user to decide
 *
 * Domain controllers are shared services whatever the size of the estate: all that is joined needs them.
 *
 * The floors keep it silent in small estates. Sorted by host id. O(rounds × dependencies).
 */
export function detectSharedServices(
  dependencies: readonly Dependency[],
  hosts: readonly Host[],
  controllers: readonly Controller[] = [],
): SharedService[] {
  const servers = new Set(hosts.filter(isServer).map((host) => host.id));
  const findings: Findings = new Map();
  noteControllers(findings, controllers, servers);
  findInfrastructure(findings, dependencies, servers);
  findPopular(findings, dependencies, servers);
  for (let round = 0; round < 4 && findOutliers(findings, dependencies, servers); round++);
  for (let round = 0; round < 2 && findPlatforms(findings, dependencies, servers); round++);
  return [...findings]
    .map(([hostId, { confidence, reasons }]) => ({ hostId, source: "suggested" as const, confidence, reasons }))
    .sort((a, b) => byText(a.hostId, b.hostId));
}

function noteControllers(findings: Findings, controllers: readonly Controller[], servers: Set<HostId>): void {
  for (const { id, confidence, reasons } of controllers) {
    if (confidence < TRUSTED_CONTROLLER || !servers.has(id)) continue;
    for (const { text } of reasons) note(findings, id, confidence, `domain controller: ${text}`);
  }
}

function findInfrastructure(findings: Findings, dependencies: readonly Dependency[], servers: Set<HostId>): void {
  const floor = Math.max(5, 0.01 * servers.size);
  const clients = new Map<HostId, Set<HostId>>();
  const ports = new Map<HostId, Set<number>>();
  for (const { clientHost, serverHost, serverPort, direction } of dependencies) {
    if (!INFRASTRUCTURE_PORTS.has(serverPort) || direction === "unknown" || clientHost === serverHost) continue;
    if (clientHost === undefined || serverHost === undefined || !servers.has(clientHost)) continue;
    if (!servers.has(serverHost)) continue;
    clients.set(serverHost, (clients.get(serverHost) ?? new Set()).add(clientHost));
    ports.set(serverHost, (ports.get(serverHost) ?? new Set()).add(serverPort));
  }
  for (const [host, { size }] of clients) {
    if (size < floor) continue;
    const used = [...(ports.get(host) ?? [])].sort((a, b) => a - b).join(", ");
    const reason = `serves ${size} of ${servers.size} servers on infrastructure ports (${used}); the mark is ${mark(floor)}`;
    note(findings, host, CONFIDENCE.infrastructure, reason);
  }
}

function findPopular(findings: Findings, dependencies: readonly Dependency[], servers: Set<HostId>): void {
  const floor = Math.max(12, 0.1 * servers.size);
  for (const [host, { clients, servers: used }] of peersOf(dependencies, servers)) {
    if (clients.size >= floor) {
      const reason = `serves ${clients.size} of ${servers.size} servers; the mark is ${mark(floor)}`;
      note(findings, host, CONFIDENCE.popular, reason);
    }
    if (used.size >= floor) {
      const reason = `is a client of ${used.size} of ${servers.size} servers; the mark is ${mark(floor)}`;
      note(findings, host, CONFIDENCE.popular, reason);
    }
  }
}

function findOutliers(findings: Findings, dependencies: readonly Dependency[], servers: Set<HostId>): boolean {
  const peers = [...peersOf(dependencies, remaining(servers, findings, CONFIDENCE.outlier))];
  const counts = peers.map(([, { clients, servers: used }]) => Math.max(clients.size, used.size));
  const percentile = counts.toSorted((a, b) => a - b)[Math.ceil(0.9 * counts.length) - 1] ?? 0;
  const floor = Math.max(12, 4 * percentile);
  let found = false;
  for (const [index, [host]] of peers.entries()) {
    const count = counts[index] ?? 0;
    if (count < floor) continue;
    const reason = `without the other shared services it still has ${count} peers, where nine in ten servers have at most ${percentile}; the mark is ${mark(floor)}`;
    note(findings, host, CONFIDENCE.outlier, reason);
    found = true;
  }
  return found;
}

function findPlatforms(findings: Findings, dependencies: readonly Dependency[], servers: Set<HostId>): boolean {
  const left = remaining(servers, findings, CONFIDENCE.platform);
  const communities = communitiesOf(affinities(dependencies, left), left);
  let found = false;
  for (const [host, { clients, servers: used }] of peersOf(dependencies, left)) {
    const peers = new Set([...clients, ...used]);
    const home = communities.get(host);
    const own = [...peers].filter((peer) => communities.get(peer) === home).length;
    const foreign = new Set([...peers].map((peer) => communities.get(peer)).filter((group) => group !== home)).size;
    if (foreign < 8 || own > 0.1 * peers.size) continue;
    const reason = `platform? touches ${foreign} groups other than its own, and only ${own} of its ${peers.size} peers are in its own`;
    note(findings, host, CONFIDENCE.platform, reason);
    found = true;
  }
  return found;
}

/** The servers without those already found with at least the given confidence. */
function remaining(servers: Set<HostId>, findings: Findings, confidence: number): Set<HostId> {
  return new Set([...servers].filter((host) => (findings.get(host)?.confidence ?? 0) < confidence));
}

function note(findings: Findings, host: HostId, confidence: number, reason: string): void {
  const present = findings.get(host);
  if (!present) findings.set(host, { confidence, reasons: [reason] });
  else {
    present.confidence = Math.max(present.confidence, confidence);
    present.reasons.push(reason);
  }
}

function mark(floor: number): number {
  return Math.ceil(floor);
}
