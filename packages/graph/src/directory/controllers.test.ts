import { expect, test } from "vitest";
import { chart, host, listens, told, uses } from "../testing/synthetic-directory.ts";
import type { Controller } from "./types.ts";

const by = (controllers: readonly Controller[]) =>
  controllers.map(({ id, confidence, reasons }) => [id, confidence, reasons.map((reason) => reason.by)]);

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

const udp = (hostId: string, port: number) => ({ ...listens(hostId, port), protocol: "udp" as const });

test("listeners of UDP alone make none: a controller serves both over TCP as well", () => {
  const { controllers } = chart({
    hosts: [dc, host("udp", "10.0.0.2"), host("half", "10.0.0.3")],
    listeners: [
      ...[88, 389].flatMap((port) => [listens("dc1", port), udp("dc1", port), udp("udp", port)]),
      listens("half", 88),
      udp("half", 389),
    ],
  });
  expect(by(controllers)).toEqual([["dc1", 0.8, ["ports"]]]);
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

test("what a host says to itself proves nothing; what once was answered does", () => {
  const unanswered = { connections: 0, failed: 1, ends: "client" } as const;
  const { controllers } = chart({
    hosts: [dc, host("alone", "10.0.0.2"), host("m1", "10.0.0.4")],
    directory: [told("alone", { domainControllers: [{ name: "alone", source: "smb.conf" }] })],
    dependencies: [
      uses("alone", "alone", 88),
      uses("alone", "alone", 389),
      uses("m1", "dc1", 88, { ...unanswered, connectedBefore: true }),
      uses("m1", "dc1", 389, { ...unanswered, connectedBefore: true }),
    ],
  });
  expect(by(controllers)).toEqual([["dc1", 0.8, ["ports"]]]);
});

test("the domain is the one that most members say, and the name the first that is one", () => {
  const word = { address: "10.0.9.9", source: "kdcinfo" };
  const named = { ...word, name: "dc7.corp.example" };
  const { controllers } = chart({
    hosts: ["m1", "m2", "m3"].map((name, index) => host(name, `10.0.0.${index + 1}`)),
    directory: [
      told("m1", { dnsDomain: "other.example", domainControllers: [word] }),
      told("m2", { dnsDomain: "corp.example", domainControllers: [named] }),
      told("m3", { dnsDomain: "corp.example", domainControllers: [word] }),
    ],
  });
  expect(controllers).toMatchObject([{ id: "u:s:10.0.9.9", name: "dc7.corp.example", domain: "corp.example" }]);
});

test("of two hosts of one name the member's own site's is meant; addresses inside a host are none of a controller's", () => {
  const inside = { address: "172.17.0.1", hostLocal: true };
  const [here, there] = [host("here", "10.0.0.1"), host("there", "10.0.0.1", "t")];
  here.addresses.push(inside);
  const { controllers } = chart({
    hosts: [here, there, host("m1", "10.0.0.4")],
    namesOf: (id) => (id === "m1" ? [] : ["dc1.corp.example"]),
    directory: [told("m1", { domainControllers: [{ name: "dc1.corp.example", source: "sssd.conf" }] })],
  });
  expect(controllers).toMatchObject([{ id: "here", addresses: ["10.0.0.1"] }]);
});
