import { hostname } from "node:os";
import { Directory } from "@portolan/protocol";
import { expect, test } from "vitest";
import { judgeMembership } from "./membership.ts";
import { denied, heldKeytab, MEMBER_SETTINGS, syntheticEvidence } from "./synthetic-evidence.ts";
import { readEvidence } from "./read-evidence.ts";
import { OWN, syntheticHost } from "./synthetic-host.ts";
import { syntheticKeytab } from "./synthetic-keytab.ts";
import { SYNTHETIC_PASSWORD, syntheticTdb } from "./synthetic-tdb.ts";

const SSSD = "[sssd]\ndomains = corp.example\n[domain/corp.example]\nid_provider = ad\n";
const MEMBER = "[global]\nworkgroup = CORP\nrealm = CORP.EXAMPLE\nsecurity = ads\n";
const { at, put, read, probed } = syntheticHost(Directory);

const socketsOf = (process: string) => () => [{ process, address: "10.66.0.10", port: 389 }];

test("a host with nothing is not joined", async () => {
  expect(await read()).toMatchObject({ status: "not-joined", role: "standalone", evidence: [], spns: [] });
});

test("an account's key in the keytab is a join, and not verified", async () => {
  put("etc/krb5.keytab", syntheticKeytab([{ name: OWN }, { name: "host/m1.corp.example" }]));
  const directory = await read();
  expect(directory).toMatchObject({
    status: "joined",
    reason: "not-verified",
    method: "adcli-only",
    role: "member",
    realm: "CORP.EXAMPLE",
    dnsDomain: "corp.example",
    computerAccount: OWN,
    secretChangedAt: "2026-11-21T11:32:44.000Z",
    spns: ["host/m1.corp.example"],
  });
  expect(directory.detail).toBeUndefined();
  expect(directory.evidence).toEqual([
    {
      source: at("etc/krb5.keytab"),
      value: `${OWN}@CORP.EXAMPLE, key version 2`,
      privileged: true,
      verifiedLive: false,
    },
  ]);
});

test("sssd's configuration, kdcinfo and sockets tell method, site and controllers", async () => {
  put("etc/krb5.keytab", syntheticKeytab([{ name: OWN }]));
  put("etc/sssd/sssd.conf", `${SSSD}ad_site = Hamburg\nad_server = DC2.corp.example\n`);
  put("var/lib/sss/pubconf/kdcinfo.CORP.EXAMPLE", "10.66.0.10\n");
  expect(await read({ controllerSockets: socketsOf("sssd_be") })).toMatchObject({
    method: "sssd",
    site: "Hamburg",
    domainControllers: [
      { address: "10.66.0.10", source: at("var/lib/sss/pubconf/kdcinfo.CORP.EXAMPLE") },
      { address: "10.66.0.10", source: "sockets of sssd_be" },
      { name: "dc2.corp.example", source: at("etc/sssd/sssd.conf") },
    ],
  });
});

test("a workgroup is no membership, even one that is named like a domain", async () => {
  put("etc/samba/smb.conf", "[global]\nworkgroup = CORP\nrealm = CORP.EXAMPLE\n");
  expect(await read()).toMatchObject({
    status: "not-joined",
    detail: expect.stringContaining("names the workgroup CORP, which is no membership"),
  });
});

test("settings without a secret are no membership", async () => {
  put("etc/samba/smb.conf", MEMBER);
  put("etc/sssd/sssd.conf", SSSD);
  const { status, detail } = await read();
  expect(status).toBe("not-joined");
  expect(detail).toMatch(/names the domain corp\.example.*says that the host is a member.*no secret/);
});

test("two joins at once are said", async () => {
  put("etc/krb5.keytab", syntheticKeytab([{ name: OWN }]));
  put("etc/sssd/sssd.conf", SSSD);
  expect(await read({ controllerSockets: socketsOf("winbindd") })).toMatchObject({
    method: "samba-winbind",
    detail: "two joins at once: sssd and samba-winbind",
  });
});

test("Samba's own secret is a join, of which nothing can be verified without a keytab", async () => {
  put("etc/samba/smb.conf", MEMBER);
  put("var/lib/samba/private/secrets.tdb", syntheticTdb(["SECRETS/SID/CORP", "SECRETS/MACHINE_PASSWORD/CORP"]));
  const directory = await probed();
  expect(directory).toMatchObject({
    status: "joined",
    reason: "not-verified",
    method: "samba-winbind",
    realm: "CORP.EXAMPLE",
    netbios: "CORP",
    detail: expect.stringContaining("nothing to verify the membership with"),
  });
  expect(JSON.stringify(directory)).not.toContain(SYNTHETIC_PASSWORD);
  put("etc/samba/smb.conf", "[global]\nworkgroup = WORKGROUP\n");
  expect(await read()).toMatchObject({ status: "joined", detail: expect.stringContaining("no longer says") });
  put("var/lib/samba/private/secrets.tdb", syntheticTdb(["SECRETS/SID/CORP"]));
  expect(await read()).toMatchObject({ status: "not-joined" });
});

test("sssd that was joined with Samba's help is one join, and two of their own are two", async () => {
  put("etc/krb5.keytab", syntheticKeytab([{ name: OWN }]));
  put("etc/samba/smb.conf", MEMBER);
  put("var/lib/samba/private/secrets.tdb", syntheticTdb(["SECRETS/MACHINE_PASSWORD/CORP"]));
  put("etc/sssd/sssd.conf", `${SSSD}realmd_tags = manages-system joined-with-samba\n`);
  const one = await read();
  expect(one.method).toBe("sssd");
  expect(one.detail).toBeUndefined();
  put("etc/sssd/sssd.conf", `${SSSD}krb5_realm = OTHER.EXAMPLE\n`);
  expect(await read()).toMatchObject({
    method: "sssd",
    detail: "several realms: CORP.EXAMPLE, OTHER.EXAMPLE; two joins at once: sssd and samba-winbind",
  });
});

test("a renamed host whose account kept the old name is said, and the newest key counts", async () => {
  const old = { name: "OLDER$", timestamp: 1_000_000_000 };
  put("etc/krb5.keytab", syntheticKeytab([old, { name: "FORMER$", timestamp: 1_100_000_000 }]));
  const directory = await read();
  expect(directory).toMatchObject({ status: "joined", computerAccount: "FORMER$" });
  expect(directory.detail).toBe(`the computer account is FORMER$, the host's name ${hostname()}`);
});

test("a truncated keytab gives the account that it still holds, and a reason", async () => {
  const whole = syntheticKeytab([{ name: OWN }, { name: "host/m1" }]);
  put("etc/krb5.keytab", whole.subarray(0, whole.length - 3));
  expect(await read()).toMatchObject({ status: "joined", detail: expect.stringMatching(/cut off in entry 2/) });
});

test.each([
  ["a foreign keytab", "etc/krb5.keytab", "SQLite format 3", /not a keytab/],
  ["a folder in the place of sssd.conf", "etc/sssd/sssd.conf/x", "", /no regular file/],
])("%s makes nobody broken: it is unknown", async (_what, path, content, detail) => {
  put(path, content);
  expect(await read()).toMatchObject({
    status: "unknown",
    reason: "not-verified",
    detail: expect.stringMatching(detail),
  });
});

test("an sssd.conf that can't be read takes nothing from a join, and no method is made up", async () => {
  put("etc/krb5.keytab", syntheticKeytab([{ name: OWN }]));
  put("etc/sssd/sssd.conf/x", "");
  const directory = await read();
  expect(directory).toMatchObject({ status: "joined", detail: expect.stringMatching(/sssd\.conf: no regular file/) });
  expect(directory.method).toBeUndefined();
});

test("of a damaged sssd.conf a word is said, and no method made up; without a key nobody knows", async () => {
  put("etc/sssd/sssd.conf", "[sssd]\ndomains = corp.example\n[doma");
  const detail = expect.stringMatching(/sssd\.conf: line 3 is neither.*says of none what it is/);
  expect(await read()).toMatchObject({ status: "unknown", reason: "not-verified", detail });
  put("etc/krb5.keytab", syntheticKeytab([{ name: OWN }]));
  const directory = await read();
  expect(directory).toMatchObject({ status: "joined", detail });
  expect(directory.method).toBeUndefined();
});

test("a member whose secrets are no file is unknown: nobody could look for them", async () => {
  put("etc/samba/smb.conf", MEMBER);
  put("var/lib/samba/private/secrets.tdb/x", "");
  expect(await read()).toMatchObject({
    status: "unknown",
    reason: "not-verified",
    detail: expect.stringMatching(/secrets\.tdb: no regular file/),
  });
});

test("keys of another kind of realm are no membership", async () => {
  put("etc/krb5.keytab", syntheticKeytab([{ name: "host/m1.ipa.example", realm: "IPA.EXAMPLE" }]));
  expect(await read()).toMatchObject({
    status: "not-joined",
    detail: "a keytab holds keys of IPA.EXAMPLE, but of no computer account",
  });
});

test.each([
  ["ipa", "IPA.EXAMPLE"],
  ["ldap", "LAB.EXAMPLE"],
])("a domain of %s is none of Active Directory, and its servers are no controllers", async (provider, realm) => {
  const domain = realm.toLowerCase();
  put("etc/sssd/sssd.conf", `[sssd]\ndomains = ${domain}\n[domain/${domain}]\nid_provider = ${provider}\n`);
  put(`var/lib/sss/pubconf/kdcinfo.${realm}`, "10.66.0.77\n");
  put("etc/krb5.keytab", syntheticKeytab([{ name: "host/m1.lab.example", realm }]));
  const directory = await read({ controllerSockets: socketsOf("sssd_be") });
  expect(directory).toMatchObject({
    status: "not-joined",
    domainControllers: [],
    detail: expect.stringContaining(`names the domain ${domain} of ${provider}, which is no Active Directory`),
  });
  expect(directory).not.toHaveProperty("realm");
  expect(directory).not.toHaveProperty("method");
});

test("FreeIPA is told from its own file where sssd.conf can't be read", () => {
  put("etc/ipa/default.conf", "[global]\nrealm = IPA.EXAMPLE\nserver = ipa1.ipa.example\n");
  put("etc/sssd/sssd.conf/x", "");
  put("var/lib/sss/pubconf/kdcinfo.IPA.EXAMPLE", "10.66.0.77\n");
  const roots = { etcRoot: at("etc"), varRoot: at("var"), optRoot: at("opt"), usrRoot: at("usr"), runRoot: at("run") };
  const evidence = readEvidence(roots, socketsOf("sssd_be")());
  expect(judgeMembership(evidence, undefined, 0)).toMatchObject({ status: "unknown", domainControllers: [] });
});

test("a host that is joined beside a domain of LDAP keeps its own method and controllers", async () => {
  put("etc/krb5.keytab", syntheticKeytab([{ name: OWN }]));
  put("etc/sssd/sssd.conf", "[sssd]\ndomains = lab.example\n[domain/lab.example]\nid_provider = ldap\n");
  expect(await read({ controllerSockets: socketsOf("sssd_be") })).toMatchObject({
    status: "joined",
    method: "adcli-only",
    domainControllers: [],
  });
});

test("keys of the host alone, in the realm that sssd serves, are of an account that nobody names", async () => {
  put("etc/sssd/sssd.conf", SSSD);
  put("etc/krb5.keytab", syntheticKeytab([{ name: "host/m1.corp.example" }]));
  expect(await read()).toMatchObject({
    status: "unknown",
    reason: "not-verified",
    detail: expect.stringContaining("keys of host/m1.corp.example@CORP.EXAMPLE, and nothing says of which account"),
  });
  put("etc/krb5.keytab", syntheticKeytab([{ name: "HTTP/m1.corp.example" }]));
  expect(await read()).toMatchObject({ status: "not-joined" });
});

test("a realm in small letters is the same realm", async () => {
  put("etc/krb5.keytab", syntheticKeytab([{ name: OWN, realm: "corp.example" }]));
  put("etc/sssd/sssd.conf", `${SSSD}ad_site = Hamburg\n`);
  put("etc/krb5.conf", "[realms]\nCORP.EXAMPLE = {\n kdc = dc1.corp.example\n}\n");
  expect(await read()).toMatchObject({
    realm: "CORP.EXAMPLE",
    site: "Hamburg",
    domainControllers: [{ name: "dc1.corp.example" }],
  });
});

test("an sssd.conf that is longer than what is read of it is said", async () => {
  put("etc/sssd/sssd.conf", `${"# much\n".repeat(50_000)}${SSSD}`);
  expect(await read()).toMatchObject({
    status: "unknown",
    reason: "not-verified",
    detail: expect.stringMatching(/sssd\.conf: longer than 262144 bytes/),
  });
});

test.each([
  [
    "that go on elsewhere",
    { state: "read" as const, settings: { ...MEMBER_SETTINGS, isMember: false, isPartial: true } },
  ],
  ["that are no file", { state: "failed" as const, reason: "/smb.conf: no regular file" }],
])("of Samba's settings %s nobody can say that they make no member", (_what, settings) => {
  const secrets = { ...denied("/secrets.tdb"), domains: [], hasDomainDatabase: false };
  const samba = { path: "/smb.conf", ...settings };
  expect(judgeMembership(syntheticEvidence({ samba, secrets }), undefined, 0)).toMatchObject({
    status: "unknown",
    reason: "no-privilege",
  });
});

test("a controller says that it is one", async () => {
  put(
    "etc/samba/smb.conf",
    "[global]\nserver role = active directory domain controller\nrealm = CORP.EXAMPLE\nworkgroup = CORP\n",
  );
  put("var/lib/samba/private/sam.ldb", "");
  expect(await read()).toMatchObject({ status: "joined", role: "dc", realm: "CORP.EXAMPLE", netbios: "CORP" });
});

test("third-party joiners are known by their files", async () => {
  put("opt/pbis/bin/domainjoin-cli", "");
  put("var/lib/pbis/db/lsass-adcache.filedb.CORP.EXAMPLE", "");
  expect(await read()).toMatchObject({ status: "not-joined", realm: "CORP.EXAMPLE" });
  put("etc/krb5.keytab", syntheticKeytab([{ name: OWN }]));
  expect(await read()).toMatchObject({ status: "joined", method: "pbis" });
});

test("of two joins, the one whose program talks to a controller counts", async () => {
  put("etc/krb5.keytab", syntheticKeytab([{ name: OWN }]));
  put("etc/sssd/sssd.conf", SSSD);
  put("opt/quest/bin/vastool", "");
  const detail = "two joins at once: vas and sssd";
  expect(await read()).toMatchObject({ method: "sssd", detail });
  expect(await read({ controllerSockets: socketsOf(".vasd") })).toMatchObject({ method: "vas", detail });
});

test("where the place of a secret may not be read, nobody can say, and a member's other words are hints", () => {
  const keytabs = [{ ...denied("/etc/krb5.keytab"), entries: [] }];
  expect(judgeMembership(syntheticEvidence({ keytabs }), undefined, 0)).toMatchObject({
    status: "unknown",
    reason: "no-privilege",
    detail: "/etc/krb5.keytab: EACCES",
  });
  const secrets = { ...denied("/secrets.tdb"), domains: [], hasDomainDatabase: false };
  expect(judgeMembership(syntheticEvidence({ secrets }), undefined, 0).status).toBe("not-joined");
  const samba = { path: "/smb.conf", state: "read" as const, settings: MEMBER_SETTINGS };
  expect(judgeMembership(syntheticEvidence({ samba, secrets }), undefined, 0)).toMatchObject({
    status: "unknown",
    reason: "no-privilege",
    detail: "/secrets.tdb: EACCES; /smb.conf says that the host is a member",
  });
});

test("the service principals are those of the account's realm", () => {
  const keytabs = heldKeytab({ name: "M1$" }, { name: "host/m1" }, { name: "HTTP/www", realm: "OTHER.EXAMPLE" });
  expect(judgeMembership(syntheticEvidence({ keytabs }), undefined, 0).spns).toEqual(["host/m1"]);
});
