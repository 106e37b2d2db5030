import type {
  AcceptedFlow,
  AcceptedReport,
  Actor,
  EnrolAgent,
  ImportRecord,
  Storage,
  TokenRecord,
} from "@portolan/collector";

/** All of this is synthetic: made for the contract, seen on no network. */
export const actor: Actor = { kind: "token", id: "synthetic-admin" };

export const DAY = "2026-11-20";
export const NOON = Date.parse("2026-11-20T12:00:00Z");
export const MINUTE = 60_000;

export function syntheticToken(id: string, more: Partial<TokenRecord> = {}): TokenRecord & { hash: string } {
  return { id, kind: "enrolment", site: "seoul", createdAt: NOON, hash: `hash-of-${id}`, ...more };
}

export function syntheticAgent(agentId: string, more: Partial<EnrolAgent> = {}): EnrolAgent {
  return {
    agentId,
    secretHash: `hash-of-secret-of-${agentId}`,
    site: "seoul",
    hostname: `host-of-${agentId}`,
    timeZone: "Asia/Seoul",
    agentVersion: "0.1.0",
    at: NOON,
    ...more,
  };
}

/** Makes a token of its own and enrols; returns the host's id. */
export async function enrolled(storage: Storage, agentId: string, more: Partial<EnrolAgent> = {}): Promise<string> {
  const token = syntheticToken(`token-of-${agentId}`, { site: more.site ?? "seoul" });
  await storage.createToken(token, actor);
  const agent = await storage.enrol(token.id, syntheticAgent(agentId, more), 0);
  if (!agent) throw new Error("the enrolment was refused");
  return agent.hostId;
}

export function syntheticFlow(more: Partial<AcceptedFlow> = {}): AcceptedFlow {
  return {
    protocol: "tcp",
    direction: "inbound",
    localAddress: "10.0.0.1",
    remoteAddress: "10.0.0.2",
    port: 443,
    guessed: false,
    connections: 1,
    failed: 0,
    firstSeen: NOON,
    lastSeen: NOON + MINUTE,
    day: DAY,
    sources: ["proc-net"],
    countsAreExact: false,
    ...more,
  };
}

export function syntheticReport(agentId: string, number: number, more: Partial<AcceptedReport> = {}): AcceptedReport {
  const from = NOON + number * MINUTE;
  return {
    agentId,
    epoch: "0123456789abcdef",
    number,
    contentHash: `content-${number}`,
    receivedAt: from + MINUTE,
    skewMs: 0,
    agentVersion: "0.1.0",
    window: { from, to: from + MINUTE },
    days: [DAY],
    sources: [],
    flows: [syntheticFlow()],
    ...more,
  };
}

export const syntheticFacts: NonNullable<AcceptedReport["host"]> = {
  hostname: "app01",
  fqdn: "app01.corp.local",
  machineId: "machine-1",
  os: { family: "linux", name: "Debian", architecture: "x64" },
  cpu: { cores: 2, logicalCores: 4 },
  memoryBytes: 8e9,
  disks: [],
  interfaces: [
    { name: "lo", hostLocal: true, addresses: [{ address: "127.0.0.1", prefix: 8 }] },
    { name: "eth0", hostLocal: false, addresses: [{ address: "10.0.0.1", prefix: 24 }] },
  ],
};

/** SYNTHETIC: what an agent of the id "a1" says on a machine with this network card, one of those that share the id. */
export function reportOfCopy(
  epoch: string,
  number: number,
  mac: string,
  more: Partial<AcceptedReport>,
): AcceptedReport {
  const interfaces = [{ name: "eth0", mac, hostLocal: false, addresses: [] }];
  return syntheticReport("a1", number, {
    host: { ...syntheticFacts, interfaces },
    flows: [],
    epoch: epoch.repeat(16),
    contentHash: `${mac} ${number}`,
    ...more,
  });
}

export function syntheticImport(id: string, more: Partial<ImportRecord> = {}): Omit<ImportRecord, "actor"> {
  return {
    id,
    format: "flows-csv",
    fileName: `${id}.csv`,
    contentHash: `content-of-${id}`,
    at: NOON,
    items: 1,
    ...more,
  };
}

export function source(more: object = {}) {
  const quiet = { name: "proc-net", ok: true, observations: 10, lost: 1, gapMs: 100, cpuMs: 2, blindTo: ["resets"] };
  return { ...quiet, ...more };
}
