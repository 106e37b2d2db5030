import { Directory } from "@portolan/protocol";
import { expect, test } from "vitest";
import { OWN, syntheticHost } from "./synthetic-host.ts";
import { syntheticKeytab } from "./synthetic-keytab.ts";

const { at, put, read } = syntheticHost(Directory);

test("units of domain users and keytabs of services, by name", async () => {
  put("etc/krb5.keytab", syntheticKeytab([{ name: OWN }]));
  put("etc/http.keytab", syntheticKeytab([{ name: "HTTP/www.corp.example" }, { name: OWN }]));
  put("etc/passwd", "root:x:0:0::/:/bin/sh\nlocal:x:9:9::/:/bin/sh\n");
  put("etc/systemd/system/shop.service", "[Service]\nUser=CORP\\\\svc_shop\nExecStart=/x --password=hush\n");
  put("usr/lib/systemd/system/shop.service", "[Service]\nUser=other@corp.example\n");
  put("usr/lib/systemd/system/web.service", "[Service]\nUser=local\n");
  put("usr/lib/systemd/system/web.service.d/10.conf", "[Service]\nUser=svc_web\n");
  // An administrator's drop-in lies in a folder that comes before the unit's own.
  put("usr/lib/systemd/system/mail.service", "[Service]\nUser=svc_mail@corp.example\n");
  put("etc/systemd/system/mail.service.d/10.conf", "[Service]\nNice=5\n");
  // Wherever a unit's keytab lies; its variables are read for that alone.
  put("opt/pay/pay.keytab", syntheticKeytab([{ name: "svc_pay" }]));
  const variables = `A=hush "KRB5_CLIENT_KTNAME=FILE:${at("opt/pay/pay.keytab")}"`;
  put("etc/systemd/system/pay.service", `[Service]\nEnvironment=${variables}\n`);
  put("usr/lib/systemd/system/at@.service", "[Service]\nUser=%i@x\n");
  const { serviceAccounts } = await read();
  expect(serviceAccounts).toEqual([
    { consumer: at("etc/http.keytab"), account: "HTTP/www.corp.example@CORP.EXAMPLE", kind: "domain" },
    { consumer: at("etc/http.keytab"), account: `${OWN}@CORP.EXAMPLE`, kind: "machine" },
    { consumer: "mail.service", account: "svc_mail@corp.example", kind: "domain" },
    { consumer: "pay.service", account: "svc_pay@CORP.EXAMPLE", kind: "domain" },
    { consumer: "shop.service", account: "CORP\\svc_shop", kind: "domain" },
    { consumer: "web.service", account: "svc_web", kind: "domain" },
  ]);
});

test("a plain name that nobody knows is no domain's where the host is not joined", async () => {
  put("etc/passwd", "root:x:0:0::/:/bin/sh\n");
  put("etc/systemd/system/web.service", "[Service]\nUser=svc_web\n");
  put("etc/web.keytab", "no keytab");
  const { serviceAccounts, evidence } = await read();
  expect(serviceAccounts).toEqual([]);
  expect(evidence).toMatchObject([{ source: at("etc/web.keytab"), value: expect.stringMatching(/not a keytab/) }]);
});

const consumers = async () => (await read()).serviceAccounts.map(({ consumer }) => consumer);

test("a number is nobody's name, and where the host's own users can't be read a plain name is nobody's domain's", async () => {
  put("etc/krb5.keytab", syntheticKeytab([{ name: OWN }]));
  put("etc/systemd/system/number.service", "[Service]\nUser=1000\n");
  put("etc/systemd/system/plain.service", "[Service]\nUser=svc_plain\n");
  put("etc/systemd/system/full.service", "[Service]\nUser=svc@corp.example\n");
  expect(await consumers()).toEqual(["full.service"]);
  put("etc/passwd", "root:x:0:0::/:/bin/sh\n");
  expect(await consumers()).toEqual(["full.service", "plain.service"]);
});

test("a principal that is longer than the protocol's texts takes nothing else from the report", async () => {
  const long = Array.from({ length: 6 }, () => "x".repeat(250)).join("/");
  put("etc/krb5.keytab", syntheticKeytab([{ name: OWN }, { name: long }, { name: "host/m1" }]));
  put("etc/web.keytab", syntheticKeytab([{ name: long }]));
  const { serviceAccounts, spns } = await read();
  expect(spns).toEqual(["host/m1"]);
  expect(serviceAccounts).toMatchObject([{ consumer: at("etc/web.keytab"), account: long.slice(0, 1024) }]);
});

test("a user that systemd itself knows is no domain's, also where passwd lacks it", async () => {
  put("etc/krb5.keytab", syntheticKeytab([{ name: OWN }]));
  put("etc/passwd", "local:x:9:9::/:/bin/sh\n");
  put("etc/systemd/system/a.service", "[Service]\nUser=nobody\n");
  expect((await read()).serviceAccounts).toEqual([]);
});
