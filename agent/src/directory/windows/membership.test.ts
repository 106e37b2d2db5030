import { Directory } from "@portolan/protocol";
import { expect, test } from "vitest";
import { answerOf, type WindowsEvidence } from "./evidence.ts";
import { judgeMembership } from "./membership.ts";
import { syntheticEvidence } from "./synthetic-evidence.ts";

function judge(changes: Partial<WindowsEvidence> = {}): Directory {
  return Directory.parse({ ...judgeMembership(syntheticEvidence(changes), 0), serviceAccounts: [] });
}

test("a member is joined and not verified, and no evidence claims more", () => {
  const member = judge();
  expect(member).toMatchObject({
    status: "joined",
    reason: "not-verified",
    method: "windows",
    role: "member",
    realm: "CORP.EXAMPLE",
    dnsDomain: "corp.example",
    forest: "example",
    netbios: "CORP",
    computerAccount: "APP1$",
    domainControllers: [],
    checkedAt: "1970-01-01T00:00:00.000Z",
  });
  expect(member.evidence).toEqual([
    { source: "NetGetJoinInformation", value: "3 (domain), CORP", privileged: false, verifiedLive: false },
    {
      source: "DsRoleGetPrimaryDomainInformation",
      value: "3 (member server), CORP, corp.example, forest example",
      privileged: false,
      verifiedLive: false,
    },
    { source: "DsGetDcNameW", value: "1355 (none is known)", privileged: false, verifiedLive: false },
    { source: "HKLM\\SYNTHETIC, ComputerName", value: "APP1", privileged: false, verifiedLive: false },
    { source: "HKLM\\SYNTHETIC, Domain", value: "corp.example", privileged: false, verifiedLive: false },
  ]);
});

function unreadable(): never {
  throw new TypeError("no such memory");
}

test("a call that succeeds and gives nothing says nothing; what it gave is freed, also where it can't be read", () => {
  const [nothing, something] = [Buffer.alloc(8), Buffer.alloc(8, 1)];
  const freed: bigint[] = [];
  const free = (at: bigint) => void freed.push(at);
  expect(answerOf(0, nothing, unreadable, free)).toEqual({ code: 0 });
  expect(answerOf(1355, something, unreadable, free)).toEqual({ code: 1355 });
  expect(freed).toEqual([]);
  expect(() => answerOf(0, something, unreadable, free)).toThrow(TypeError);
  expect(freed).toEqual([0x0101_0101_0101_0101n]);
  const told = judge({ role: { code: 0 } });
  expect(told).toMatchObject({ status: "joined", detail: "DsRoleGetPrimaryDomainInformation gave nothing" });
});

test("a workgroup is not joined, whatever its name and its DNS suffix", () => {
  const { registry } = syntheticEvidence();
  const left = { ...registry, distinguishedName: { ...registry.distinguishedName, text: "CN=APP1,DC=corp" } };
  const host = judge({
    join: { value: { status: 2, name: "CORP" } },
    role: { value: { role: 2, netbios: "CORP" } },
    registry: left,
  });
  expect(host).toMatchObject({
    status: "not-joined",
    role: "standalone",
    detail: "the workgroup CORP is no membership",
  });
  expect(host).not.toHaveProperty("realm");
  expect(host).not.toHaveProperty("distinguishedName");
  expect(host).not.toHaveProperty("method");
  expect(judge({ join: { value: { status: 1 } }, role: { value: { role: 2 } } }).status).toBe("not-joined");
});

test("controllers are known by their role", () => {
  for (const role of [4, 5])
    expect(judge({ role: { value: { role } } })).toMatchObject({ status: "joined", role: "dc" });
});

test("a member by one call, whose role the other doesn't tell, may be a controller", () => {
  const untold = judge({ role: { code: 5 } });
  expect(untold).toMatchObject({ status: "joined", detail: "DsRoleGetPrimaryDomainInformation: error 5" });
  expect(untold).not.toHaveProperty("role");
  const odd = judge({ role: { value: { role: 9 } } });
  expect(odd).toMatchObject({ status: "joined", detail: "DsRoleGetPrimaryDomainInformation says 9" });
  expect(odd).not.toHaveProperty("role");
});

test("calls that fail, disagree or make no sense leave it unknown, and say by which number", () => {
  const role = { value: { role: 2 } };
  expect(judge({ join: { code: 1722 }, role: { code: 5 } })).toMatchObject({
    status: "unknown",
    reason: "not-verified",
    detail: "NetGetJoinInformation: error 1722; DsRoleGetPrimaryDomainInformation: error 5",
  });
  expect(judge({ role })).toMatchObject({ status: "unknown", detail: expect.stringContaining("standalone") });
  expect(judge({ join: { value: { status: 0 } }, role: { value: { role: 9 } } })).toMatchObject({
    status: "unknown",
    detail: "NetGetJoinInformation says 0; DsRoleGetPrimaryDomainInformation says 9",
  });
  // One that answers is enough, and the other is told.
  for (const [status, judged] of [
    [1, "not-joined"],
    [2, "not-joined"],
    [3, "joined"],
  ] as const)
    expect(judge({ join: { value: { status } }, role: { code: 5 } }).status).toBe(judged);
  expect(judge({ join: { code: 5 }, role })).toMatchObject({
    status: "not-joined",
    detail: "NetGetJoinInformation: error 5",
  });
  expect(judge({ join: { code: 5 } })).toMatchObject({ status: "joined", detail: "NetGetJoinInformation: error 5" });
});

test("the secure channel's last use is told by its number, and never makes a host broken", () => {
  const withChannel = (status: number) => judge({ channel: { value: { status, controller: "\\\\DC2" } } });
  expect(withChannel(0)).toMatchObject({ status: "joined", reason: "not-verified" });
  expect(withChannel(0)).not.toHaveProperty("detail");
  expect(withChannel(0).domainControllers).toEqual([{ name: "dc2", source: "I_NetLogonControl2" }]);
  expect(withChannel(1311)).toMatchObject({ status: "joined", reason: "dc-unreachable" });
  for (const status of [5, 1787]) {
    const detail = expect.stringContaining(`error ${status} (`);
    expect(withChannel(status)).toMatchObject({ status: "joined", reason: "not-verified", detail });
  }
  expect(judge({ channel: { code: 5 } }).evidence).toContainEqual({
    source: "I_NetLogonControl2",
    value: "error 5",
    privileged: true,
    verifiedLive: false,
  });
});

test("the controller's answer gives the site; what Netlogon and Group Policy keep stands in for it", () => {
  const { registry } = syntheticEvidence();
  const kept = {
    ...registry,
    policySite: { ...registry.policySite, text: "Bremen" },
    policyController: { ...registry.policyController, text: "\\\\DC9.corp.example" },
  };
  const told = { name: "\\\\DC1.corp.example.", address: "\\\\10.66.0.10", site: "Hamburg" };
  expect(judge({ registry: kept })).toMatchObject({
    site: "Bremen",
    domainControllers: [{ name: "dc9.corp.example", source: "Group Policy" }],
  });
  expect(judge({ registry: kept, controller: { value: told } })).toMatchObject({
    site: "Hamburg",
    domainControllers: [
      { name: "dc1.corp.example", address: "10.66.0.10", source: "DsGetDcNameW" },
      { name: "dc9.corp.example", source: "Group Policy" },
    ],
  });
});

test("controllers come in the order of their names, whoever told them", () => {
  const controller = { value: { name: "\\\\dc9.corp.example" } };
  const channel = { value: { status: 0, controller: "\\\\dc1.corp.example" } };
  expect(judge({ controller, channel }).domainControllers.map(({ name }) => name)).toEqual([
    "dc1.corp.example",
    "dc9.corp.example",
  ]);
});

test("a name that the join does not vouch for is none of the domain's, nor is a text an address", () => {
  const told = { name: "dc1.corp.example", address: "\\\\dc1" };
  const judged = judge({ join: { value: { status: 0, name: "STRAY" } }, controller: { value: told } });
  expect(judged).toMatchObject({ status: "joined", netbios: "CORP" });
  expect(judged.domainControllers).toEqual([{ name: "dc1.corp.example", source: "DsGetDcNameW" }]);
  const { domainControllers } = judge({ controller: { value: { name: "\\\\DC1.Müller.example" } } });
  expect(domainControllers).toEqual([{ name: "dc1.müller.example", source: "DsGetDcNameW" }]);
});

test("a value that may not be read stands among the evidence with its reason", () => {
  const { registry } = syntheticEvidence();
  const suffix = { key: "SYNTHETIC", name: "Domain", trouble: "access denied" };
  expect(judge({ registry: { ...registry, suffix } }).evidence).toContainEqual({
    source: "HKLM\\SYNTHETIC, Domain",
    value: "not read: access denied",
    privileged: false,
    verifiedLive: false,
  });
});

test("Entra: a device of a domain's member is hybrid; a refusal says nothing", () => {
  const workgroup = { join: { value: { status: 2 } }, role: { value: { role: 2 } } };
  const device = { value: { kind: 1, tenantId: "t" } };
  expect(judge({ entra: device }).entra).toEqual({ state: "hybrid", tenantId: "t" });
  expect(judge({ ...workgroup, entra: device }).entra).toEqual({ state: "device", tenantId: "t" });
  expect(judge({ ...workgroup, entra: { value: { kind: 2 } } }).entra).toEqual({ state: "workplace" });
  expect(judge({ entra: { value: "none" } }).entra).toEqual({ state: "none" });
  expect(judge({ entra: { value: { kind: 0 } } })).not.toHaveProperty("entra");
  expect(judge({ entra: { code: 0x80004001 } })).not.toHaveProperty("entra");
  expect(judge()).not.toHaveProperty("entra");
});

test("a registry with texts of any length still makes a record", () => {
  const { registry } = syntheticEvidence();
  const long = { ...registry, dynamicSite: { ...registry.dynamicSite, text: "x".repeat(5000) } };
  expect(judge({ registry: long })).not.toHaveProperty("site");
});
