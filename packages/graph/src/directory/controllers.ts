import { isLinkLocal, isLoopback } from "../address-range.ts";
import { endpointId } from "../endpoint-id.ts";
import { byText, sortedText } from "../order.ts";
import type { Dependency, Host, HostId } from "../types.ts";
import { controllerNames } from "./controller-names.ts";
import { domainOf } from "./domain-of.ts";
import type { Controller, ControllerReason, DirectoryInput } from "./types.ts";

/** From here on something is treated as a controller; below, it is a question. */
export const TRUSTED_CONTROLLER = 0.5;

/**
 * `contradicted`: it serves Kerberos and LDAP and says itself that it is a member or on its own. FreeIPA and others serve
 * both too, so that ports alone are not all.
 */
const CONFIDENCE = { role: 1, members: 0.9, catalogue: 0.9, ports: 0.8, contradicted: 0.4 } as const;

const KERBEROS = 88;
const LDAP = 389;
/** No other directory serves the global catalogue. */
const GLOBAL_CATALOGUE = new Set([3268, 3269]);

interface Found {
  name: string;
  addresses: Set<string>;
  domains: Map<string, number>;
  reasons: ControllerReason[];
  confidence: number;
  namedBy: Map<HostId, Set<string>>;
}

type Candidates = (id: HostId, name: string) => Found;

/** True where somebody got through: attempts that nobody answered prove no service. */
export function succeeded({ connections, ends, connectedBefore }: Dependency): boolean {
  return connections > 0 || ends !== "client" || connectedBefore === true;
}

function portsConfidence(ports: ReadonlySet<number>, role: string | undefined): number {
  if (role === "member" || role === "standalone") return CONFIDENCE.contradicted;
  return [...ports].some((port) => GLOBAL_CATALOGUE.has(port)) ? CONFIDENCE.catalogue : CONFIDENCE.ports;
}

/** TCP's, which a controller has for both services beside UDP's; a socket of UDP alone on such a port serves neither. */
function portsListenedOn({ listeners }: DirectoryInput): Map<HostId, Map<number, Set<string>>> {
  const found = new Map<HostId, Map<number, Set<string>>>();
  for (const { hostId, protocol, address, port, process } of listeners) {
    if (protocol !== "tcp" || isLoopback(address)) continue;
    const ports = found.get(hostId) ?? new Map<number, Set<string>>();
    found.set(hostId, ports.set(port, (ports.get(port) ?? new Set()).add(process ?? "")));
  }
  return found;
}

function portsServed({ dependencies }: DirectoryInput) {
  const found = new Map<HostId, { addresses: Set<string>; clients: Map<number, Set<HostId>> }>();
  for (const dependency of dependencies) {
    const { serverPort, serverAddress, direction } = dependency;
    if (direction === "unknown" || !succeeded(dependency)) continue;
    if (serverPort !== KERBEROS && serverPort !== LDAP && !GLOBAL_CATALOGUE.has(serverPort)) continue;
    const [client, server] = [endpointId(dependency, "client"), endpointId(dependency, "server")];
    if (client === server) continue;
    const entry = found.get(server) ?? { addresses: new Set(), clients: new Map<number, Set<HostId>>() };
    found.set(server, entry);
    if (serverAddress !== undefined) entry.addresses.add(serverAddress);
    entry.clients.set(serverPort, (entry.clients.get(serverPort) ?? new Set()).add(client));
  }
  return found;
}

const countOf = (count: number, word: string) => `${count} ${word}${count === 1 ? "" : "s"}`;

function note(found: Found, by: ControllerReason["by"], text: string, confidence: number): void {
  found.reasons.push({ by, text });
  found.confidence = Math.max(found.confidence, confidence);
}

function noteRoles(input: DirectoryInput, candidate: Candidates, hosts: ReadonlyMap<HostId, Host>): void {
  for (const { hostId, record } of input.directory) {
    const host = hosts.get(hostId);
    if (!host || record.role !== "dc") continue;
    const told = record.evidence.slice(0, 3).map(({ source }) => source);
    const by = told.length > 0 ? `; its evidence: ${told.join(", ")}` : "";
    note(candidate(hostId, host.name), "role", `says that it is a domain controller${by}`, CONFIDENCE.role);
  }
}

function notePorts(input: DirectoryInput, candidate: Candidates, hosts: ReadonlyMap<HostId, Host>): void {
  const roles = new Map(input.directory.map(({ hostId, record }) => [hostId, record.role]));
  const add = (id: HostId, name: string, ports: ReadonlySet<number>, text: string): void => {
    const role = roles.get(id);
    const confidence = portsConfidence(ports, role);
    const but =
      confidence === CONFIDENCE.contradicted ? `; but says that it is ${role === "member" ? "a member" : role}` : "";
    note(candidate(id, name), "ports", text + but, confidence);
  };
  for (const [hostId, ports] of portsListenedOn(input)) {
    const host = hosts.get(hostId);
    if (!host || !ports.has(KERBEROS) || !ports.has(LDAP)) continue;
    const processes = sortedText(new Set([...(ports.get(KERBEROS) ?? []), ...(ports.get(LDAP) ?? [])])).filter(Boolean);
    const by = processes.length > 0 ? ` (${processes.join(", ")})` : "";
    add(hostId, host.name, new Set(ports.keys()), `listens for Kerberos (88) and LDAP (389)${by}`);
  }
  for (const [id, { addresses, clients }] of portsServed(input)) {
    if (!clients.has(KERBEROS) || !clients.has(LDAP)) continue;
    const name = hosts.get(id)?.name ?? sortedText(addresses)[0] ?? id;
    const counts = [KERBEROS, LDAP].map((port) => countOf(clients.get(port)?.size ?? 0, "client"));
    add(
      id,
      name,
      new Set(clients.keys()),
      `was seen to serve Kerberos (88) to ${counts[0]} and LDAP (389) to ${counts[1]}`,
    );
    for (const address of addresses) candidate(id, name).addresses.add(address);
  }
}

function noteMembers(input: DirectoryInput, candidate: Candidates, hosts: ReadonlyMap<HostId, Host>): void {
  const meant = controllerNames(input);
  const words = new Map<HostId, { name: string; members: Set<string>; sources: Set<string> }>();
  for (const { hostId, record } of input.directory) {
    const member = hosts.get(hostId);
    if (!member) continue;
    for (const { source, ...word } of record.domainControllers) {
      const named = meant(member, word);
      if (!named || named.id === hostId) continue;
      const found = candidate(named.id, named.name);
      if (named.address !== undefined) found.addresses.add(named.address);
      const domain = domainOf(record);
      if (domain !== undefined) found.domains.set(domain, (found.domains.get(domain) ?? 0) + 1);
      const entry = words.get(named.id) ?? { name: named.name, members: new Set(), sources: new Set() };
      words.set(named.id, entry);
      if (entry.name === named.address) entry.name = named.name;
      entry.members.add(member.name);
      entry.sources.add(source);
      found.namedBy.set(hostId, (found.namedBy.get(hostId) ?? new Set()).add(source));
    }
  }
  for (const [id, { name, members, sources }] of words) {
    const some = sortedText(members).slice(0, 3).join(", ");
    const more = members.size > 3 ? ` and ${members.size - 3} more` : "";
    const found = candidate(id, name);
    // A peer that was found by its ports had its address for a name so far.
    if (!hosts.has(id) && found.addresses.has(found.name)) found.name = name;
    const text = `named as its controller by ${some}${more} (${sortedText(sources).join(", ")})`;
    note(found, "members", text, CONFIDENCE.members);
  }
}

/**
 * Domain controllers: hosts that say they are, hosts and peers that serve Kerberos and LDAP together, and whatever members
 * name as theirs, each with its reasons. Sorted by id. O(dependencies + listeners + words).
 */
export function findControllers(input: DirectoryInput): Controller[] {
  const hosts = new Map(input.hosts.map((host) => [host.id, host]));
  const records = new Map(input.directory.map(({ hostId, record }) => [hostId, record]));
  const found = new Map<HostId, Found>();
  const candidate: Candidates = (id, name) => {
    const known = found.get(id);
    if (known) return known;
    const own = (hosts.get(id)?.addresses ?? [])
      .filter(({ address, hostLocal }) => !hostLocal && !isLinkLocal(address))
      .map(({ address }) => address);
    const made: Found = {
      name,
      addresses: new Set(own),
      domains: new Map(),
      reasons: [],
      confidence: 0,
      namedBy: new Map(),
    };
    found.set(id, made);
    return made;
  };
  noteRoles(input, candidate, hosts);
  notePorts(input, candidate, hosts);
  noteMembers(input, candidate, hosts);
  return [...found]
    .map(([id, { name, addresses, domains, reasons, confidence, namedBy }]): Controller => {
      const record = records.get(id);
      const [told] = [...domains].sort(([a, x], [b, y]) => y - x || byText(a, b));
      const domain = (record && domainOf(record)) ?? told?.[0];
      return {
        id,
        name,
        addresses: sortedText(addresses),
        ...(domain !== undefined && { domain }),
        ...(record?.site !== undefined && { site: record.site }),
        confidence,
        reasons,
        namedBy: [...namedBy]
          .map(([host, sources]) => ({ host, sources: sortedText(sources) }))
          .sort((a, b) => byText(a.host, b.host)),
      };
    })
    .sort((a, b) => byText(a.id, b.id));
}
