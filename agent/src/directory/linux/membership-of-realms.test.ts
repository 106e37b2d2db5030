import { Directory } from "@portolan/protocol";
import { expect, test } from "vitest";
import { judgeMembership } from "./membership.ts";
import { readEvidence } from "./read-evidence.ts";
import { OWN, socketsOf, SSSD, syntheticHost } from "./synthetic-host.ts";
import { syntheticKeytab } from "./synthetic-keytab.ts";

const { at, put, read } = syntheticHost(Directory);

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
