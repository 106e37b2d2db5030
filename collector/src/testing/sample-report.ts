import type { Directory, Flow, HostFacts, Listener, Process, Report } from "@portolan/protocol";

const AT = "2026-03-10T11:59:00.000Z";

/** Synthetic, as are all reports made here. */
export function sampleHost(hostname: string, address: string): HostFacts {
  return {
    hostname,
    os: { family: "linux", name: "Debian GNU/Linux", version: "12", architecture: "x86_64" },
    cpu: { cores: 2, logicalCores: 4 },
    memoryBytes: 8e9,
    disks: [{ mount: "/", sizeBytes: 100e9, usedBytes: 40e9 }],
    interfaces: [
      { name: "lo", hostLocal: true, addresses: [{ address: "127.0.0.1", prefix: 8 }] },
      { name: "eth0", hostLocal: false, addresses: [{ address, prefix: 24 }] },
    ],
  };
}

export function sampleFlow(
  direction: "inbound" | "outbound",
  localAddress: string,
  remoteAddress: string,
  serverPort: number,
): Flow {
  return {
    protocol: "tcp",
    direction,
    localAddress,
    remoteAddress,
    serverPort,
    process: 0,
    connections: 3,
    firstSeen: AT,
    lastSeen: AT,
    sources: ["proc-net"],
  };
}

/** A host that is joined to corp.example, by its keytab. */
export function sampleDirectory(account: string, more: Partial<Directory> = {}): Directory {
  return {
    status: "joined",
    reason: "not-verified",
    method: "sssd",
    role: "member",
    realm: "CORP.EXAMPLE",
    dnsDomain: "corp.example",
    computerAccount: account,
    domainControllers: [],
    spns: [],
    serviceAccounts: [],
    evidence: [{ source: "/etc/krb5.keytab", value: `${account}@CORP.EXAMPLE`, privileged: true, verifiedLive: false }],
    checkedAt: AT,
    ...more,
  };
}

interface Parts {
  number?: number;
  host?: HostFacts;
  directory?: Directory;
  listeners?: Listener[];
  processes?: Process[];
  flows?: Flow[];
}

export function sampleReport(agentId: string, parts: Parts = {}): Report {
  return {
    protocolVersion: 1,
    agent: { id: agentId, version: "0.1.0" },
    sequence: { epoch: "0123456789abcdef", number: parts.number ?? 1 },
    window: { from: AT, to: AT },
    sentAt: AT,
    timeZone: "Asia/Seoul",
    sources: [
      { name: "proc-net", ok: true, observations: 10, lost: 0, gapMs: 0, cpuMs: 1, blindTo: ["resets", "udp-peers"] },
    ],
    ...(parts.host && { host: parts.host }),
    ...(parts.directory && { directory: parts.directory }),
    ...(parts.listeners && { listeners: parts.listeners }),
    processes: parts.processes ?? [{ name: "nginx" }],
    flows: parts.flows ?? [],
  };
}
