import { describe, expect, test } from "vitest";
import { parseKdcInfo } from "./parse-kdcinfo.ts";
import { parseKrb5Conf } from "./parse-krb5-conf.ts";
import { parseSmbConf } from "./parse-smb-conf.ts";
import { damageOfSssdConf, lacksDomains, parseSssdConf } from "./parse-sssd-conf.ts";
import { parseUnitKeytabs, parseUnitUser } from "./parse-unit.ts";

describe("smb.conf", () => {
  test("keys count in any case and with any blanks, and go on behind a backslash", () => {
    const text =
      "[Global]\n# realm = NO\n; security = user\n WorkGroup=CORP\nRealm = corp.example\nSecurity = ADS\npassword  server = dc1, \\\n dc2 *\n[home]\nsecurity = user\n";
    expect(parseSmbConf(text)).toEqual({
      isMember: true,
      isController: false,
      realm: "CORP.EXAMPLE",
      workgroup: "CORP",
      servers: ["dc1", "dc2"],
      isPartial: false,
    });
  });

  test("a controller is one by its role, and what is included is said to be unread", () => {
    const text = "[global]\nserver role = Active Directory  Domain Controller\ninclude = /etc/samba/more.conf\n";
    expect(parseSmbConf(text)).toMatchObject({ isMember: false, isController: true, isPartial: true });
    expect(parseSmbConf("no section\n=\n[")).toMatchObject({ isMember: false, servers: [] });
  });
});

test.each(["", "[globals]\n"])("smb.conf: what stands below %j is global", (heading) => {
  const text = `${heading}security = ads\nrealm = CORP.EXAMPLE\n[homes]\nrealm = NO\n`;
  expect(parseSmbConf(text)).toMatchObject({ isMember: true, realm: "CORP.EXAMPLE" });
});

describe("sssd.conf", () => {
  const file = [
    "[sssd]\ndomains = corp.example, ipa.example, off",
    "[domain/corp.example]\nid_provider = ad\nad_server = dc1.corp.example, _srv_\nad_site = Hamburg",
    "krb5_keytab = FILE:/etc/other.keytab\nrealmd_tags = manages-system joined-with-adcli ",
    "[domain/ipa.example]\nid_provider = ipa",
    "[domain/not-named]\nid_provider = ad",
  ].join("\n");

  test("names the Active Directory domains that are on", () => {
    expect(parseSssdConf([file])).toEqual([
      {
        domain: "corp.example",
        realm: "CORP.EXAMPLE",
        servers: ["dc1.corp.example"],
        site: "Hamburg",
        keytab: "/etc/other.keytab",
        realmdTags: ["manages-system", "joined-with-adcli"],
      },
    ]);
  });

  test("a later snippet overrides", () => {
    const snippet = "[domain/corp.example]\nad_domain = emea.corp.example\n";
    expect(parseSssdConf([file, snippet])).toMatchObject([{ domain: "emea.corp.example", realm: "EMEA.CORP.EXAMPLE" }]);
  });
});

test.each([
  ["", undefined],
  ["# about\n[sssd]\ndomains = a,\n  b\n\n; off\n[domain/a]\nid_provider = ad\n", undefined],
  ["[sssd]\ndomains = a\n[domain/", "line 3 is neither a section nor a setting"],
  ["[sssd]\ndomains = a\n[domain/a]\nid_prov", "line 4 is neither a section nor a setting"],
  ["[sssd]\n\0\0\0", "not text"],
  [Buffer.from([0xff, 0x61]).toString("utf8"), "not text"],
])("what is wrong with the sssd.conf %j", (text, damage) => {
  expect(damageOfSssdConf(text)).toBe(damage);
});

test("an sssd.conf that was cut off behind its domains' names lacks them", () => {
  const named = "[sssd]\ndomains = a, b\n";
  expect(lacksDomains([named])).toBe(true);
  expect(lacksDomains([named, "[domain/b]\nldap_uri = x\n"])).toBe(true);
  expect(lacksDomains([named, "[domain/b]\nid_provider = ldap\n"])).toBe(false);
  expect(lacksDomains(["[sssd]\n"])).toBe(false);
});

test("krb5.conf: default realm and keytab, servers of each realm, includes", () => {
  const text = [
    "includedir /etc/krb5.conf.d/\n[libdefaults]\n default_realm = CORP.EXAMPLE\n default_keytab_name = FILE:/etc/k.keytab",
    "[realms]\n CORP.EXAMPLE = {\n  kdc = dc1.corp.example:88\n  kdc = [fd00::1]:88\n  kdc = fd00::2\n  v4_names = {\n   kdc = no\n  }\n  admin_server = dc9\n }",
    " OTHER.EXAMPLE = {\n  kdc = tcp/10.1.1.1\n }",
  ].join("\n");
  expect(parseKrb5Conf(text)).toEqual({
    defaultRealm: "CORP.EXAMPLE",
    defaultKeytab: "/etc/k.keytab",
    servers: [
      { realm: "CORP.EXAMPLE", server: "dc1.corp.example" },
      { realm: "CORP.EXAMPLE", server: "fd00::1" },
      { realm: "CORP.EXAMPLE", server: "fd00::2" },
      { realm: "OTHER.EXAMPLE", server: "10.1.1.1" },
    ],
    includes: [{ path: "/etc/krb5.conf.d/", isFolder: true }],
  });
});

test("kdcinfo: addresses with a port or without, and nothing else", () => {
  expect(parseKdcInfo("10.66.0.10\n10.66.0.11:88\n[fd00::1]:88\nfd00::2\ndc1.corp.example\n\n")).toEqual([
    "10.66.0.10",
    "10.66.0.11",
    "fd00::1",
    "fd00::2",
  ]);
});

test("the user of a unit: its last word in [Service], and none of the moment", () => {
  expect(parseUnitUser("[Unit]\nUser=no\n[Service]\nUser=root\nUser = CORP\\\\svc_app\n")).toBe("CORP\\svc_app");
  expect(parseUnitUser("[Service]\nUser=\n")).toBe("");
  expect(parseUnitUser("[Service]\nDynamicUser=yes\nUser=x\n")).toBe("");
  expect(parseUnitUser("[Service]\n#User=x\nUserName=x\n")).toBeUndefined();
});

test("keytabs that a unit's variables name, and no other variable", () => {
  const unit =
    '[Service]\nEnvironment="KRB5_KTNAME=FILE:/etc/a.keytab" B=hush\nEnvironment=KRB5_CLIENT_KTNAME=/opt/b.keytab XKRB5_KTNAME=/c\n';
  expect(parseUnitKeytabs(unit)).toEqual(["/etc/a.keytab", "/opt/b.keytab"]);
  expect(parseUnitKeytabs("[Unit]\nEnvironment=KRB5_KTNAME=/x\n[Service]\nEnvironment=KRB5_KTNAME=MEMORY:x\n")).toEqual(
    [],
  );
});
