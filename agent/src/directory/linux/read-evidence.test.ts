import { Directory } from "@portolan/protocol";
import { expect, test } from "vitest";
import { readEvidence } from "./read-evidence.ts";
import { syntheticHost } from "./synthetic-host.ts";
import { syntheticKeytab } from "./synthetic-keytab.ts";

const { at, put, read: readWhole } = syntheticHost(Directory);
const read = () =>
  readEvidence(
    { etcRoot: at("etc"), varRoot: at("var"), optRoot: at("opt"), usrRoot: at("usr"), runRoot: at("run") },
    [],
    "m1",
  );

test("krb5.conf goes on in the files that it names, and of two words on one thing the first counts", () => {
  put(
    "etc/krb5.conf",
    `[libdefaults]\ndefault_realm = FIRST.EXAMPLE\ninclude ${at("etc/more.conf")}\nincludedir ${at("etc/krb5.conf.d")}\n`,
  );
  put(
    "etc/more.conf",
    `[libdefaults]\ndefault_realm = LATER.EXAMPLE\ndefault_keytab_name = FILE:${at("etc/own.kt")}\n`,
  );
  put("etc/krb5.conf.d/corp.conf", "[realms]\nCORP.EXAMPLE = {\n kdc = dc1.corp.example\n}\n");
  put("etc/krb5.conf.d/corp.conf.rpmsave", "[realms]\nOLD.EXAMPLE = {\n kdc = dc0.corp.example\n}\n");
  put("etc/own.kt", syntheticKeytab([{ name: "M1$" }]));
  const { kerberos, keytabs } = read();
  expect(kerberos).toMatchObject({
    defaultRealm: "FIRST.EXAMPLE",
    servers: [{ realm: "CORP.EXAMPLE", server: "dc1.corp.example" }],
  });
  expect(keytabs.map(({ path, entries }) => [path, entries.length])).toEqual([[at("etc/own.kt"), 1]]);
});

test("sssd's snippets override its file, hidden ones and others do not; a domain's own keytab is read as well", () => {
  put("etc/sssd/sssd.conf", "[sssd]\ndomains = corp.example\n[domain/corp.example]\nid_provider = ad\nad_site = A\n");
  put("etc/sssd/conf.d/10-site.conf", `[domain/corp.example]\nad_site = B\nkrb5_keytab = ${at("etc/sssd.kt")}\n`);
  put("etc/sssd/conf.d/.20-site.conf", "[domain/corp.example]\nad_site = C\n");
  put("etc/sssd/conf.d/30-site.conf.bak", "[domain/corp.example]\nad_site = D\n");
  const { sssd, keytabs } = read();
  expect(sssd.domains).toMatchObject([{ domain: "corp.example", site: "B" }]);
  expect(keytabs.map(({ path, state }) => [path, state])).toEqual([
    [at("etc/krb5.keytab"), "missing"],
    [at("etc/sssd.kt"), "missing"],
  ]);
});

test("what settings name is looked for in the host's folders, where others stand in for them", () => {
  put("etc/krb5.conf", "[libdefaults]\nincludedir /etc/krb5.conf.d/\n");
  put("etc/krb5.conf.d/own.conf", "[libdefaults]\ndefault_keytab_name = WRFILE:/etc/own.keytab\n");
  put("etc/own.keytab", syntheticKeytab([{ name: "M1$" }]));
  put("etc/sssd/sssd.conf", "[sssd]\ndomains = a\n[domain/a]\nid_provider = ad\nkrb5_keytab = /srv/a.keytab\n");
  expect(read().keytabs).toMatchObject([
    { path: at("etc/own.keytab"), state: "read", entries: [{ name: "M1$" }] },
    { path: "/srv/a.keytab", state: "failed", reason: "/srv/a.keytab: no keytab that can be read from here" },
  ]);
});

test("a keytab that is no file can't be read", () => {
  put("etc/krb5.conf", "[libdefaults]\ndefault_keytab_name = KEYRING:persistent:host\n");
  expect(read().keytabs).toMatchObject([{ path: "KEYRING:persistent:host", state: "failed" }]);
});

test("files beyond those that are read are said, with their folder, and leave open whether the host is joined", async () => {
  const folder = "etc/sssd/conf.d";
  for (let number = 100; number < 170; number++) put(`${folder}/${number}.conf`, "[nss]\n");
  put(`${folder}/readme`, "not sssd's\n");
  put(`${folder}/999.conf`, "[domain/corp.example]\nid_provider = ad\n");
  const said = `${at(folder)}: 7 files beyond the first 64 were not read`;
  const { status, reason, detail, evidence } = await readWhole();
  expect({ status, reason, detail }).toEqual({ status: "unknown", reason: "not-verified", detail: said });
  expect(evidence.filter(({ source }) => source === at(folder)).map(({ value }) => value)).toEqual([said]);
});

test("files that are not meant count for nothing: the last of 65 names is read", () => {
  for (let number = 100; number < 164; number++) put(`var/lib/sss/pubconf/config.${number}`, "");
  put("var/lib/sss/pubconf/kdcinfo.CORP.EXAMPLE", "10.0.0.1\n");
  const { kdcInfo, beyond } = read();
  expect(kdcInfo.map(({ realm, addresses }) => [realm, addresses])).toEqual([["CORP.EXAMPLE", ["10.0.0.1"]]]);
  expect(beyond).toEqual([]);
});
