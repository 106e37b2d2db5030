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
  const roots = { procRoot: "proc", etcRoot: "etc", varRoot: "var", runRoot: "run" } as const;
  const own = (name: keyof typeof roots) => join(root, roots[name]);
  const found = readAddressDependencies({
    procRoot: own("procRoot"),
    etcRoot: own("etcRoot"),
    varRoot: own("varRoot"),
    runRoot: own("runRoot"),
    configurationFolders,
  });
  return { ...found, items: found.items.map((item) => AddressDependency.parse(item)) };
}

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
  put("etc/chrony.conf", "server dc1\n");
  put("etc/odbc.ini", "[erp]\nServer=db1\n");
  put("etc/postfix/main.cf", "relayhost = smtp\n");
  expect(kinds(read())).toEqual([
    ["dns-server", "resolver", "10.1.1.1"],
    ["file-share", "/y", "nas:/x"],
    ["hosts-file", `${root}/etc/hosts:1`, "10.1.1.5 db1"],
    ["mail-relay", "postfix", "smtp"],
    ["odbc", "erp", "db1"],
    ["time-source", "chrony", "dc1"],
  ]);
});
