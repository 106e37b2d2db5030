import type { Directory } from "@portolan/protocol";
import { describe, expect, test } from "vitest";
import { suggestGroups } from "../move-groups.ts";
import { segmentsOf } from "../segments.ts";
import { detectSharedServices } from "../shared-services.ts";
import type { Dependency, Host, ListenerEvidence } from "../types.ts";
import { AD_PORTS, adPortOf } from "./ad-ports.ts";
import { chartDirectory } from "./chart.ts";
import type { DirectoryInput, ToldDirectory } from "./types.ts";

/** SYNTHETIC: an estate that nobody has. */
function host(name: string, address: string, site = "s"): Host {
  const addresses = [
    { address, prefix: 24, hostLocal: false },
    { address: "fe80::1", prefix: 64, hostLocal: false },
  ];
  return { id: name, name, site, kind: "managed", addresses };
}

function told(hostId: string, more: Partial<Directory> = {}): ToldDirectory {
  const record: Directory = {
    status: "joined",
    realm: "CORP.EXAMPLE",
    domainControllers: [],
    spns: [],
    serviceAccounts: [],
    evidence: [],
    checkedAt: "2026-11-20T12:00:00.000Z",
    ...more,
  };
  return { hostId, record };
}

function end(name: string, which: "client" | "server"): Partial<Dependency> {
  if (name.includes(".")) return { [`${which}Address`]: name };
  return { [`${which}Host`]: name, [`${which}Address`]: `of ${name}` };
}

function uses(client: string, server: string, serverPort: number, more: Partial<Dependency> = {}): Dependency {
  return {
    id: `${client}-${server}-${serverPort}`,
    site: "s",
    ...end(client, "client"),
    ...end(server, "server"),
    protocol: "tcp",
    serverPort,
    clientProcesses: [],
    serverProcesses: [],
    connections: 1,
    lowerBound: true,
    failed: 0,
    firstSeen: 10,
    lastSeen: 20,
    days: [],
    ends: "both",
    sources: [],
    direction: "observed",
    ...more,
  };
}

const listens = (hostId: string, port: number, address = "0.0.0.0"): ListenerEvidence => ({
  hostId,
  protocol: "tcp",
  address,
  port,
  process: "lsass.exe",
});

function chart(input: Partial<DirectoryInput>) {
  const hosts = input.hosts ?? [];
  const whole = {
    hosts,
    namesOf: () => [],
    directory: [],
    listeners: [],
    dependencies: [],
    segments: segmentsOf(hosts),
    ...input,
  };
  const drawn = chartDirectory(whole);
  const { dependencies, directory, listeners } = whole;
  const reversed = {
    ...whole,
    dependencies: dependencies.toReversed(),
    directory: directory.toReversed(),
    listeners: listeners.toReversed(),
  };
  expect(chartDirectory(reversed)).toEqual(drawn);
  return drawn;
}

const by = (controllers: ReturnType<typeof chart>["controllers"]) =>
  controllers.map(({ id, confidence, reasons }) => [id, confidence, reasons.map((reason) => reason.by)]);

describe("controllers", () => {
  const dc = host("dc1", "10.0.0.1");

  test("by their own word, with domain and site", () => {
    const evidence = [
      { source: "DsRoleGetPrimaryDomainInformation", value: "5", privileged: false, verifiedLive: false },
    ];
    const { controllers } = chart({
      hosts: [dc],
      directory: [told("dc1", { role: "dc", dnsDomain: "Corp.Example", site: "Hamburg", evidence })],
    });
    expect(controllers).toEqual([
      {
        id: "dc1",
        name: "dc1",
        addresses: ["10.0.0.1"],
        domain: "corp.example",
        site: "Hamburg",
        confidence: 1,
        reasons: [
          { by: "role", text: "says that it is a domain controller; its evidence: DsRoleGetPrimaryDomainInformation" },
        ],
        namedBy: [],
      },
    ]);
  });

  test("by Kerberos and LDAP together, listened for or seen served, and not by either alone", () => {
    const hosts = [dc, host("kdc", "10.0.0.2"), host("ldap", "10.0.0.3"), host("m1", "10.0.0.4")];
    const { controllers } = chart({
      hosts,
      listeners: [
        ...[88, 389, 3268].map((port) => listens("dc1", port)),
        listens("kdc", 88),
        listens("ldap", 389),
        listens("ldap", 88, "127.0.0.1"),
      ],
      dependencies: [
        uses("m1", "10.9.9.9", 88),
        uses("m1", "10.9.9.9", 389),
        uses("m1", "kdc", 88),
        uses("m1", "kdc", 389, { connections: 0, failed: 3, ends: "client" }),
        uses("ldap", "ldap", 88),
      ],
    });
    expect(by(controllers)).toEqual([
      ["dc1", 0.9, ["ports"]],
      ["u:s:10.9.9.9", 0.8, ["ports"]],
    ]);
    expect(controllers[1]).toMatchObject({ name: "10.9.9.9", addresses: ["10.9.9.9"] });
    expect(controllers[0]?.reasons[0]?.text).toBe("listens for Kerberos (88) and LDAP (389) (lsass.exe)");
  });

  test("one that says it is a member and serves both is a question", () => {
    const listeners = [listens("dc1", 88), listens("dc1", 389)];
    const { controllers, uses: used } = chart({
      hosts: [dc, host("m1", "10.0.0.4")],
      listeners,
      directory: [told("dc1", { role: "member" })],
      dependencies: [uses("m1", "dc1", 389)],
    });
    expect(controllers).toMatchObject([{ confidence: 0.4 }]);
    expect(controllers[0]?.reasons[0]?.text).toContain("but says that it is a member");
    expect(used).toEqual([]);
  });

  test("by members' words: an address, a full name, a first label; what nobody has stands for itself", () => {
    const hosts = [dc, host("m1", "10.0.0.4"), host("m2", "10.0.0.5"), host("dc3", "10.0.0.7")];
    const words = [
      { name: "DC1.corp.example.", source: "GPO" },
      { address: "10.0.0.1", source: "kdcinfo" },
      { name: "dc2.corp.example", address: "10.0.0.6", source: "kdcinfo" },
      { name: "dc9.corp.example", source: "kdcinfo" },
      { name: "dc3.other.example", source: "kdcinfo" },
    ];
    const { controllers } = chart({
      hosts,
      namesOf: (id) => (id === "dc3" ? ["dc3.corp.example"] : []),
      directory: [
        told("m1", { domainControllers: words }),
        told("m2", { domainControllers: [{ name: "\\\\dc2.CORP.example", source: "socket" }] }),
      ],
      dependencies: [uses("m1", "10.0.0.6", 88), uses("m1", "10.0.0.6", 389)],
    });
    expect(controllers.map(({ id, name, domain }) => [id, name, domain])).toEqual([
      ["dc1", "dc1", "corp.example"],
      ["named:dc3.other.example", "dc3.other.example", "corp.example"],
      ["named:dc9.corp.example", "dc9.corp.example", "corp.example"],
      ["u:s:10.0.0.6", "dc2.corp.example", "corp.example"],
    ]);
    expect(controllers[3]?.reasons).toEqual([
      { by: "ports", text: "was seen to serve Kerberos (88) to 1 client and LDAP (389) to 1 client" },
      { by: "members", text: "named as its controller by m1, m2 (kdcinfo, socket)" },
    ]);
    expect(controllers[0]?.namedBy).toEqual([{ host: "m1", sources: ["GPO", "kdcinfo"] }]);
    expect(controllers[0]?.reasons[0]?.text).toBe("named as its controller by m1 (GPO, kdcinfo)");
  });
});

describe("uses and outsiders", () => {
  const hosts = ["dc1", "m1", "app1", "app2", "old"].map((name, index) => host(name, `10.0.0.${index + 1}`));
  const { uses: used, outsiders } = chart({
    hosts,
    directory: [
      told("dc1", { role: "dc" }),
      told("m1"),
      told("app1", { status: "not-joined", role: "standalone" }),
      told("old", { status: "broken", reason: "disabled" }),
    ],
    dependencies: [
      uses("m1", "dc1", 88),
      uses("m1", "dc1", 389, { protocol: "udp" }),
      uses("m1", "dc1", 49_664),
      uses("m1", "dc1", 8080),
      uses("m1", "dc1", 445, { connections: 0, failed: 1, ends: "client" }),
      uses("app1", "dc1", 636, { clientProcesses: ["java (billing.jar)"] }),
      uses("app2", "dc1", 389, { clientProcesses: ["php-fpm"] }),
      uses("old", "dc1", 88),
      uses("10.0.9.0/24", "dc1", 53),
      uses("192.0.2.7", "dc1", 389, { direction: "unknown" }),
    ],
  });

  test("flows on ports of the list, by client and controller", () => {
    expect(
      used.map(({ client, services }) => [client, services.map(({ protocol, port }) => `${protocol}/${port}`)]),
    ).toEqual([
      ["app1", ["tcp/636"]],
      ["app2", ["tcp/389"]],
      ["m1", ["tcp/88", "tcp/49664", "udp/389"]],
      ["old", ["tcp/88"]],
      ["u:s:10.0.9.0/24", ["tcp/53"]],
    ]);
    expect(used[2]?.services[0]).toEqual({
      protocol: "tcp",
      port: 88,
      connections: 1,
      lowerBound: true,
      firstSeen: 10,
      lastSeen: 20,
    });
  });

  test("who authenticates without being joined, and who never said", () => {
    expect(outsiders).toEqual([
      {
        client: "app1",
        membership: "not-joined",
        controllers: ["dc1"],
        services: ["tcp/636"],
        processes: ["java (billing.jar)"],
      },
      {
        client: "app2",
        membership: "not-reported",
        controllers: ["dc1"],
        services: ["tcp/389"],
        processes: ["php-fpm"],
      },
    ]);
  });
});

test("sites as members report them, and the segments of each", () => {
  const hosts = [host("dc1", "10.0.0.1"), host("m1", "10.0.0.2"), host("m2", "10.0.1.2"), host("m3", "10.0.2.2")];
  const { sites, segments } = chart({
    hosts,
    directory: [
      told("dc1", { role: "dc", site: "Hamburg" }),
      told("m1", { site: "Hamburg" }),
      told("m2", { site: "Bremen", dnsDomain: "corp.example" }),
      told("m3"),
    ],
  });
  expect(sites).toEqual([
    {
      name: "Bremen",
      domains: ["corp.example"],
      hosts: ["m2"],
      controllers: [],
      segments: [{ cidr: "10.0.1.0/24", site: "s" }],
    },
    {
      name: "Hamburg",
      domains: ["corp.example"],
      hosts: ["dc1", "m1"],
      controllers: ["dc1"],
      segments: [{ cidr: "10.0.0.0/24", site: "s" }],
    },
  ]);
  expect(segments).toEqual([
    { cidr: "10.0.0.0/24", site: "s", sites: [{ name: "Hamburg", hosts: 2 }], silent: 0 },
    { cidr: "10.0.1.0/24", site: "s", sites: [{ name: "Bremen", hosts: 1 }], silent: 0 },
    { cidr: "10.0.2.0/24", site: "s", sites: [], silent: 1 },
  ]);
});

test("a controller is a shared service in the smallest estate, and ties nothing together", () => {
  const hosts = ["dc1", "m1", "m2"].map((name, index) => host(name, `10.0.0.${index + 1}`));
  const dependencies = [uses("m1", "dc1", 88), uses("m2", "dc1", 88)];
  const { controllers } = chart({ hosts, dependencies, directory: [told("dc1", { role: "dc" })] });
  const shared = detectSharedServices(dependencies, hosts, controllers);
  expect(shared).toEqual([
    {
      hostId: "dc1",
      source: "suggested",
      confidence: 1,
      reasons: ["domain controller: says that it is a domain controller"],
    },
  ]);
  expect(suggestGroups(dependencies, hosts, shared).map(({ hosts: members }) => members)).toEqual([
    ["dc1"],
    ["m1"],
    ["m2"],
  ]);
  expect(detectSharedServices(dependencies, hosts)).toEqual([]);
});

test("the list holds Microsoft's sixteen lines and no more", () => {
  expect(AD_PORTS.map(({ protocol, fromPort, toPort }) => `${protocol}/${fromPort}-${toPort}`)).toHaveLength(16);
  expect(adPortOf("tcp", 65_535)?.purpose).toBe("dynamic RPC");
  expect([adPortOf("tcp", 49_151), adPortOf("udp", 50_000), adPortOf("tcp", 123), adPortOf("tcp", 5722)]).toEqual([
    undefined,
    undefined,
    undefined,
    undefined,
  ]);
});
