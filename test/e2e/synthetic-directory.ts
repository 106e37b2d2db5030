import type { Directory, Flow, HostFacts, Listener, Report } from "@portolan/protocol";

/** SYNTHETIC, all of it: an estate in one forest that nobody has, as reports of captures. */
const AT = "2026-03-10T11:59:00.000Z";
const [DC1, DC2, DC3] = ["10.1.2.1", "10.1.2.2", "10.7.0.3"];

interface Machine {
  name: string;
  address: string;
  family?: "windows" | "linux";
  directory?: Partial<Directory>;
  dependenciesOnAddress?: HostFacts["dependenciesOnAddress"];
  listeners?: [port: number, process: string][];
  /** Outbound: server, port, process. */
  flows?: [server: string, port: number, process: string, protocol?: "tcp" | "udp"][];
}

const corp = { realm: "CORP.EXAMPLE", dnsDomain: "corp.example", netbios: "CORP" } as const;
const named = (name: string, address: string) => ({
  name,
  address,
  source: "/var/lib/sss/pubconf/kdcinfo.CORP.EXAMPLE",
});
const keytab = (account: string) => ({
  source: "/etc/krb5.keytab",
  value: `${account}@CORP.EXAMPLE`,
  privileged: true,
  verifiedLive: false,
});

const controller = (name: string, address: string): Machine => ({
  name,
  address,
  family: "windows",
  directory: {
    ...corp,
    status: "joined",
    method: "windows",
    role: "dc",
    site: "Hamburg",
    computerAccount: `${name.toUpperCase()}$`,
  },
  listeners: [
    [88, "lsass.exe"],
    [389, "lsass.exe"],
    [3268, "lsass.exe"],
    [135, "svchost.exe"],
    [49_664, "lsass.exe"],
  ],
});

const MACHINES: Machine[] = [
  controller("dc1", DC1),
  controller("dc2", DC2),
  {
    name: "files1",
    address: "10.1.1.11",
    family: "windows",
    directory: {
      ...corp,
      status: "joined",
      reason: "not-verified",
      method: "windows",
      role: "member",
      site: "Hamburg",
      computerAccount: "FILES1$",
      domainControllers: [{ name: "dc1.corp.example", source: "DsGetDcNameW" }],
      serviceAccounts: [
        { consumer: "BackupExec", account: "CORP\\svc-backup", kind: "domain" },
        { consumer: "IIS pool intranet", account: "CORP\\gmsa-web$", kind: "gmsa" },
      ],
      evidence: [{ source: "NetGetJoinInformation", value: "domain CORP", privileged: false, verifiedLive: false }],
    },
    dependenciesOnAddress: [
      { kind: "dns-server", holder: "Ethernet0", target: DC1, source: "Tcpip\\Parameters\\Interfaces" },
      { kind: "odbc", holder: "DSN payroll", target: "10.1.1.30", source: "HKLM\\SOFTWARE\\ODBC" },
      {
        kind: "certificate",
        holder: "LocalMachine\\My",
        target: "CN=files1.corp.example",
        validUntil: "2026-12-24T00:00:00.000Z",
        source: "certificate store",
      },
    ],
    flows: [
      [DC1, 88, "lsass.exe"],
      [DC1, 389, "lsass.exe"],
      [DC1, 135, "svchost.exe"],
      [DC1, 49_664, "lsass.exe"],
      [DC1, 445, "System"],
      [DC1, 53, "svchost.exe", "udp"],
      [DC1, 9100, "spoolsv.exe"],
    ],
  },
  {
    name: "app1",
    address: "10.1.1.12",
    directory: {
      ...corp,
      status: "joined",
      method: "sssd",
      role: "member",
      site: "Hamburg",
      computerAccount: "APP1$",
      domainControllers: [named("dc2.corp.example", DC2)],
      serviceAccounts: [{ consumer: "/etc/krb5.keytab", account: "HTTP/app1.corp.example", kind: "machine" }],
      evidence: [{ ...keytab("APP1$"), verifiedLive: true }],
      probeMs: 240,
    },
    dependenciesOnAddress: [
      { kind: "hosts-file", holder: "/etc/hosts:7", target: "10.1.1.30 payroll", source: "/etc/hosts" },
    ],
    flows: [
      [DC2, 88, "sssd_be"],
      [DC2, 389, "sssd_be"],
      [DC2, 53, "sssd_be"],
    ],
  },
  {
    name: "old1",
    address: "10.1.1.13",
    directory: {
      ...corp,
      status: "broken",
      reason: "stale-secret",
      method: "adcli-only",
      role: "member",
      computerAccount: "OLD1$",
      domainControllers: [named("dc3.corp.example", DC3)],
      evidence: [{ ...keytab("OLD1$"), verifiedLive: true }],
      probeMs: 90,
    },
  },
  {
    name: "billing1",
    address: "10.1.1.14",
    directory: { status: "not-joined", role: "standalone", evidence: [{ ...keytab("x"), value: "no keytab" }] },
    flows: [[DC1, 636, "java"]],
  },
  { name: "web1", address: "10.1.1.15", flows: [["10.1.1.14", 8080, "nginx"]] },
];

function report({
  name,
  address,
  family = "linux",
  directory,
  dependenciesOnAddress,
  listeners = [],
  flows = [],
}: Machine): Report {
  const processes = [
    ...new Set([...listeners.map(([, process]) => process), ...flows.map(([, , process]) => process)]),
  ];
  const told: Directory | undefined = directory && {
    domainControllers: [],
    spns: [],
    serviceAccounts: [],
    evidence: [],
    checkedAt: AT,
    status: "unknown",
    ...directory,
  };
  const host: HostFacts = {
    hostname: name,
    ...(directory?.dnsDomain !== undefined && { fqdn: `${name}.${directory.dnsDomain}` }),
    os: { family, name: family === "windows" ? "Windows Server 2019" : "Debian GNU/Linux", architecture: "x86_64" },
    cpu: { cores: 2, logicalCores: 4 },
    memoryBytes: 8e9,
    disks: [],
    interfaces: [{ name: "eth0", hostLocal: false, addresses: [{ address, prefix: 24 }] }],
    ...(dependenciesOnAddress && { dependenciesOnAddress }),
  };
  return {
    protocolVersion: 1,
    agent: { id: `capture-of-${name}`, version: "0.1.0" },
    sequence: { epoch: "0123456789abcdef", number: 1 },
    window: { from: AT, to: AT },
    sentAt: AT,
    timeZone: "Europe/Berlin",
    sources: [],
    host,
    ...(told && { directory: told }),
    listeners: listeners.map(([port, process]): Listener => ({
      protocol: "tcp",
      address: "0.0.0.0",
      port,
      process: processes.indexOf(process),
    })),
    processes: processes.map((process) => ({ name: process })),
    flows: flows.map(([server, serverPort, process, protocol = "tcp"]): Flow => ({
      protocol,
      direction: "outbound",
      localAddress: address,
      remoteAddress: server,
      serverPort,
      process: processes.indexOf(process),
      connections: 4,
      firstSeen: AT,
      lastSeen: AT,
      sources: ["synthetic"],
    })),
  };
}

/** One report a line, as `portolan-agent capture` writes them. */
export function syntheticDirectoryReports(): string {
  return MACHINES.map((machine) => `${JSON.stringify(report(machine))}\n`).join("");
}

export const SYNTHETIC_ZONES = "zone,cidr\napp,10.1.1.0/24\ncore,10.1.2.0/24\nremote,10.7.0.0/24\n";
