import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { AddressDependency } from "@portolan/protocol";
import { generate } from "selfsigned";
import { afterEach, beforeEach, expect, test } from "vitest";
import { readAddressDependencies } from "./address-dependencies.ts";

let root: string;
beforeEach(() => (root = mkdtempSync(join(tmpdir(), "portolan-addresses-"))));
afterEach(() => rmSync(root, { recursive: true, force: true }));

function put(path: string, content: string | Buffer): string {
  const file = join(root, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, content);
  return file;
}

function read(...configurationFolders: string[]) {
  put("proc/self/mounts", "");
  put("proc/net/ipv6_route", "");
  const [procRoot, etcRoot, varRoot] = [join(root, "proc"), join(root, "etc"), join(root, "var")];
  const [runRoot, usrRoot, optRoot] = [join(root, "run"), join(root, "usr"), join(root, "opt")];
  const roots = { procRoot, etcRoot, varRoot, runRoot, usrRoot, optRoot };
  const found = readAddressDependencies({ ...roots, configurationFolders }, SYNTHETIC_SELF);
  return { ...found, items: found.items.map((item) => AddressDependency.parse(item)) };
}

/** A synthetic host. */
const SYNTHETIC_SELF = {
  names: new Set(["app1", "app1.corp.example"]),
  addresses: new Set(["10.66.0.5"]),
  macs: new Set(["00:50:56:aa:bb:cc"]),
};

const licenceBoundTo = (mac: string) =>
  `SERVER App1 ${mac} 27000\nVENDOR cads\nFEATURE x cads 1.0 permanent 1 HUSH SIGN=HUSH\n`;

const tns = (alias: string, host: string) => `${alias} = (DESCRIPTION = (ADDRESS = (HOST = ${host})(PORT = 1521)))\n`;

const kinds = (found: ReturnType<typeof read>) => found.items.map(({ kind, holder, target }) => [kind, holder, target]);

const routeOver = (gateway: string) => `eth0\t00000000\t${gateway}\t0003\t0\t0\t0\t00000000\t0\t0\t0\n`;

test("a route that a DHCP client's lease explains is left out", () => {
  put("proc/net/route", `heading\n${routeOver("0100420A")}${routeOver("0200420A")}`);
  expect(kinds(read())).toHaveLength(2);
  put("var/lib/dhcp/dhclient.eth0.leases", "option routers 10.66.0.1;\n");
  expect(kinds(read())).toEqual([["static-route", "eth0", "0.0.0.0/0 via 10.66.0.2"]]);
});

test("name servers stand by their adapters, also where netplan made the file", () => {
  put("proc/net/route", "");
  put("etc/systemd/resolved.conf", "[Resolve]\nDNS=10.1.1.1\n");
  put("run/systemd/network/10-netplan-ens3.network", "[Match]\nName=ens3\n[Network]\nDNS=10.1.1.2\n");
  put("run/NetworkManager/system-connections/n.nmconnection", "[connection]\nid=Two\n[ipv4]\ndns=10.1.1.3;\n");
  put("etc/network/interfaces", "iface ens5 inet static\n dns-search corp.example\n");
  expect(kinds(read())).toEqual([
    ["dns-server", "Two", "10.1.1.3"],
    ["dns-server", "ens3", "10.1.1.2"],
    ["dns-server", "resolved.conf", "10.1.1.1"],
    ["dns-suffix", "ens5", "corp.example"],
  ]);
});

test("data sources of three kinds of clients, apart from this host's own databases", () => {
  put("proc/net/route", "");
  put("etc/odbc.ini", "[erp]\nServer=10.1.1.7\nPWD=hush\n[own]\nServer=localhost\n");
  put("etc/pg_service.conf", "[crm]\nhost=pg1.corp.example\nport=5433\npassword=hush\n");
  put("etc/oratab", `PAY:${root}/opt/oracle/19:Y\n`);
  put("opt/oracle/19/network/admin/tnsnames.ora", tns("HR", "ora1") + tns("OWN", "127.0.0.1"));
  put("usr/lib/oracle/21/client64/lib/network/admin/tnsnames.ora", tns("HR2", "ora2"));
  const found = read();
  expect(kinds(found)).toEqual([
    ["linked-server", "HR", "ora1:1521"],
    ["linked-server", "HR2", "ora2:1521"],
    ["odbc", "crm", "pg1.corp.example:5433"],
    ["odbc", "erp", "10.1.1.7"],
  ]);
  expect(JSON.stringify(found)).not.toContain("hush");
});

test("licence servers that variables and settings name, and no other variable or value", () => {
  put("proc/net/route", "");
  put("etc/environment", 'PATH=/x\nDB="app:hush1@db1"\nLM_LICENSE_FILE=27000@lic1:/opt/hush2.dat\n');
  put("etc/profile.d/cad.sh", "# cad\nexport CADS_LICENSE_FILE='1717@lic2'\n");
  put("etc/profile.d/cad.csh", "export NOT_LICENSE_FILE=1@x\n");
  put(
    "usr/lib/systemd/system/cad.service",
    "[Service]\nEnvironmentFile=-/etc/default/cad\nEnvironmentFile=-/etc/none\n",
  );
  put("etc/default/cad", "TOKEN=hush3\nRLM_LICENSE=5053@lic3\n");
  put("etc/systemd/system/cad.service.d/10.conf", '[Service]\nEnvironment="A=hush4" "MLM_LICENSE_FILE=27001@lic4"\n');
  symlinkSync("/dev/null", put("etc/systemd/system/x", "") + ".service");
  put(
    "etc/hasplm/hasplm.ini",
    "[SERVER]\npwd=hush5\n[REMOTE]\nbroadcastsearch = 1\nserveraddr = 10.1.1.9\nserveraddr = lic5\n",
  );
  const found = read();
  expect(found.items.map(({ holder, target, source }) => [holder, target, source.slice(root.length + 1)])).toEqual([
    ["CADS_LICENSE_FILE", "lic2:1717", "etc/profile.d/cad.sh"],
    ["LM_LICENSE_FILE", "lic1:27000", "etc/environment"],
    ["MLM_LICENSE_FILE, of cad.service", "lic4:27001", "etc/systemd/system/cad.service.d/10.conf"],
    ["RLM_LICENSE, of cad.service", "lic3:5053", "etc/default/cad"],
    ["Sentinel (HASP)", "10.1.1.9", "etc/hasplm/hasplm.ini"],
    ["Sentinel (HASP)", "lic5", "etc/hasplm/hasplm.ini"],
    ["Sentinel (HASP)", "whoever answers a broadcast in this host's subnet", "etc/hasplm/hasplm.ini"],
  ]);
  expect(found.unread).toEqual([]);
  expect(JSON.stringify(found)).not.toContain("hush");
});

test("licence files: whom they send programs to, and what this host's own are bound to", () => {
  put("proc/net/route", "");
  put("usr/local/flexlm/licenses/license.dat", licenceBoundTo("005056AABBCC"));
  put("opt/flexlm/old.lic", licenceBoundTo("005056000000"));
  put("opt/flexlm/renamed.lic", "SERVER former1 005056aabbcc 27009\n");
  put("opt/flexlm/client.lic", "SERVER lic1.corp.example 005056aabbff\nUSE_SERVER\n");
  put(
    "opt/rlm/demo.lic",
    "HOST app1.corp.example ip=10.66.0.5 5053\nISV demo\nLICENSE demo x hostid=005056aabbcc HUSH\n",
  );
  put("etc/flexlm/any.lic", "SERVER this_host ANY 27002\n");
  put("etc/flexlm/folder.lic/x.txt", "SERVER hush ANY");
  symlinkSync("/dev/null", join(root, "etc/flexlm/null.lic"));
  const found = read();
  expect(kinds(found).map(([, holder, target]) => `${holder}: ${target}`)).toEqual([
    "FLEXlm licence file: lic1.corp.example",
    "FLEXlm server App1:27000 on this host, its licence bound to a MAC that no adapter of this host has: 00:50:56:00:00:00",
    "FLEXlm server App1:27000 on this host, its licence bound to this host's MAC: 00:50:56:aa:bb:cc",
    "FLEXlm server former1:27009 on this host, its licence bound to this host's MAC: 00:50:56:aa:bb:cc",
    "FLEXlm server this_host:27002 on this host, its licence bound to no host: this_host:27002",
    "RLM licence without a server, bound to this host's MAC: 00:50:56:aa:bb:cc",
    "RLM server app1.corp.example:5053 on this host, its licence bound to this host's address: 10.66.0.5",
  ]);
  expect(found.unread).toEqual([`${root}/etc/flexlm/null.lic: no regular file`]);
  expect(JSON.stringify(found)).not.toMatch(/hush/i);
});

test("certificates by subject and end, of a file with its key too, but no authorities, damage or other files", async () => {
  const { cert, private: key } = await generate([{ name: "commonName", value: "www.corp.example" }], { keySize: 2048 });
  const file = put("etc/nginx/ssl/www.pem", `${key}\n${cert}`);
  put("etc/letsencrypt/archive/x1.pem", cert);
  mkdirSync(join(root, "etc/letsencrypt/live/x"), { recursive: true });
  symlinkSync(join(root, "etc/letsencrypt/archive/x1.pem"), join(root, "etc/letsencrypt/live/x/cert.pem"));
  put("etc/ssl/broken.pem", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
  put("etc/ssl/notes.txt", cert);
  const found = read();
  const certificates = found.items.filter(({ kind }) => kind === "certificate");
  expect(certificates.map(({ holder, target }) => [holder, target])).toEqual([
    [join(root, "etc/letsencrypt/live/x/cert.pem"), "CN=www.corp.example"],
    [file, "CN=www.corp.example"],
  ]);
  expect(Date.parse(certificates[0]?.validUntil ?? "")).toBeGreaterThan(Date.now());
  expect(JSON.stringify(found)).not.toContain("KEY");
});

test("configuration files are searched only where that was opted in, by line number and never the line", () => {
  put("proc/net/route", "");
  const app = put("srv/app/app.conf", "# about\ndb=jdbc:oracle:thin:scott/hush@10.1.2.3:1521\n");
  put("srv/app/lib.so", Buffer.from("\0 10.1.2.4"));
  symlinkSync("/", join(root, "srv/app/out"));
  expect(read().items).toEqual([]);
  const found = read(join(root, "srv"));
  expect(found).toEqual({
    items: [{ kind: "configuration-file", holder: `${app}:2`, target: "10.1.2.3", source: app }],
    unread: [],
  });
});

test("what is there and can't be read whole is said; so is what is too much", () => {
  put("proc/net/route", "");
  mkdirSync(join(root, "etc/hosts"), { recursive: true });
  put("srv/many.conf", Array.from({ length: 2100 }, (_, n) => `10.0.${n >> 8}.${n & 255}`).join("\n"));
  const found = read(join(root, "srv"), join(root, "nowhere"));
  expect(found.items).toHaveLength(2000);
  expect(found.unread).toEqual([
    `${root}/etc/hosts: no regular file`,
    `${root}/nowhere: there is no such folder`,
    `${root}/srv: more than 2000 addresses in configuration files`,
  ]);
});

test("the list is the same whatever the order of the files, and holds nothing twice", () => {
  put("proc/net/route", "");
  put("etc/resolv.conf", "nameserver 10.1.1.1\nnameserver 10.1.1.1\n");
  put("etc/hosts", "10.1.1.5 db1\n");
  put("etc/fstab", "nas:/x /y nfs rw 0 0\n");
  put("etc/systemd/system/srv-p.mount", "[Mount]\nWhat=//corp.example/dfs/p\nWhere=/srv/p\nType=cifs\n");
  put("etc/auto.home", "* nas:/home/&\n");
  put("etc/auto.master", "/home /etc/auto.home\n/net -hosts\n");
  mkdirSync(join(root, "etc/auto.master.d"));
  put("etc/chrony.conf", "server dc1\n");
  put("etc/odbc.ini", "[erp]\nServer=db1\n");
  put("etc/postfix/main.cf", "relayhost = smtp\n");
  expect(kinds(read())).toEqual([
    ["dns-server", "resolver", "10.1.1.1"],
    ["file-share", "*", "nas:/home/&"],
    ["file-share", "/srv/p", "//corp.example/dfs/p"],
    ["file-share", "/y", "nas:/x"],
    ["hosts-file", `${root}/etc/hosts:1`, "10.1.1.5 db1"],
    ["mail-relay", "postfix", "smtp"],
    ["odbc", "erp", "db1"],
    ["time-source", "chrony", "dc1"],
  ]);
});
