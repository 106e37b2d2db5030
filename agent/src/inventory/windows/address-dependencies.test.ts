import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { AddressDependency } from "@portolan/protocol";
import { generate } from "selfsigned";
import { afterEach, beforeEach, expect, test } from "vitest";
import { syntheticRegistry } from "../../windows/synthetic-registry.ts";
import { readAddressDependencies } from "./address-dependencies.ts";
import { syntheticCertificateBlob } from "./synthetic-certificate-blob.ts";

const TCPIP = "SYSTEM\\CurrentControlSet\\Services\\Tcpip\\Parameters";
const ADAPTERS = "SYSTEM\\CurrentControlSet\\Control\\Network\\{4D36E972-E325-11CE-BFC1-08002BE10318}";
const CERTIFICATES = "SOFTWARE\\Microsoft\\SystemCertificates\\MY\\Certificates";
const PROFILES = "SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion\\ProfileList";
const USER = "S-1-5-21-1-2-3-1104";

let parent: string;
let root: string;
// On Linux a path with backslashes is one name, beside the root that it begins with.
beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), "portolan-addresses-"));
  root = join(parent, "root");
  mkdirSync(root);
});
afterEach(() => rmSync(parent, { recursive: true, force: true }));

interface Content {
  machine?: Parameters<typeof syntheticRegistry>[0];
  users?: Parameters<typeof syntheticRegistry>[0];
  denied?: readonly string[];
  folders?: readonly string[];
}

function read({ machine = {}, users = {}, denied = [], folders = [] }: Content) {
  const windows = { "SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion": { SystemRoot: join(root, "windows") } };
  const found = readAddressDependencies({
    machine: syntheticRegistry({ ...windows, ...machine }, denied),
    users: syntheticRegistry(users, denied),
    configurationFolders: folders,
    own: { names: new Set(["lic1"]), addresses: new Set(["10.1.1.5"]), macs: new Set(["00:50:56:aa:bb:cc"]) },
  });
  const items = found.items.map((item) => AddressDependency.parse(item));
  return { items, unread: found.unread, told: items.map(({ kind, holder, target }) => [kind, holder, target]) };
}

test("name servers, suffixes and gateways that somebody set, by the adapter's own name, and none of DHCP", () => {
  const machine = {
    [TCPIP]: { SearchList: "corp.example,eu.corp.example", Domain: "corp.example", DhcpNameServer: "10.9.9.9" },
    [`${TCPIP}\\Interfaces\\{A}`]: {
      EnableDHCP: 0,
      NameServer: "10.1.1.1,10.1.1.2",
      Domain: "lan.example",
      DefaultGateway: ["10.1.1.254"],
    },
    [`${TCPIP}\\Interfaces\\{B}`]: {
      EnableDHCP: 1,
      NameServer: "",
      DhcpNameServer: "10.9.9.9",
      DhcpDomain: "dhcp.example",
      DefaultGateway: ["10.9.9.1"],
    },
    [`${TCPIP.replace("Tcpip", "Tcpip6")}\\Interfaces\\{A}`]: { NameServer: "fd00::1" },
    [`${ADAPTERS}\\{A}\\Connection`]: { Name: "이더넷" },
    [`${TCPIP}\\PersistentRoutes`]: { "10.101.0.0,255.255.0.0,10.66.0.254,1": "" },
  };
  const { told, unread } = read({ machine });
  expect(told).toEqual([
    ["dns-server", "이더넷", "10.1.1.1"],
    ["dns-server", "이더넷", "10.1.1.2"],
    ["dns-server", "이더넷", "fd00::1"],
    ["dns-suffix", "all adapters", "corp.example"],
    ["dns-suffix", "all adapters", "eu.corp.example"],
    ["dns-suffix", "이더넷", "lan.example"],
    ["static-route", "persistent route", "10.101.0.0/16 via 10.66.0.254"],
    ["static-route", "이더넷", "0.0.0.0/0 via 10.1.1.254"],
  ]);
  expect(unread).toEqual([]);
});

test("a policy's time servers stand before the host's, and a member asks its controllers", () => {
  const own = "SYSTEM\\CurrentControlSet\\Services\\W32Time\\Parameters";
  const machine = { [own]: { Type: "NTP", NtpServer: "time.example,0x9" } };
  expect(read({ machine }).told).toEqual([["time-source", "W32Time", "time.example"]]);
  const policy = "SOFTWARE\\Policies\\Microsoft\\W32Time\\Parameters";
  const governed = { ...machine, [policy]: { Type: "NTP", NtpServer: "policy.example" } };
  expect(read({ machine: governed }).told).toEqual([["time-source", "W32Time", "policy.example"]]);
  expect(read({ machine: { [own]: { Type: "NT5DS", NtpServer: "time.example" } } }).told).toEqual([]);
});

test("data sources and their like of both views and of users, by server and never user or password", () => {
  const machine = {
    "SOFTWARE\\ODBC\\ODBC.INI\\ODBC Data Sources": { erp: "SQL Server" },
    "SOFTWARE\\ODBC\\ODBC.INI\\erp": { Server: "db1\\PAY", LastUser: "sa", PWD: "hush", Database: "erp" },
    "SOFTWARE\\ODBC\\ODBC.INI\\own": { Server: "(local)" },
    "SOFTWARE\\WOW6432Node\\ODBC\\ODBC.INI\\crm": { Servername: "10.1.1.8", Port: "5432", Password: "hush" },
    "SOFTWARE\\Microsoft\\MSSQLServer\\Client\\ConnectTo": { PAYDB: "DBMSSOCN,10.1.1.7,1433" },
    "SOFTWARE\\FLEXlm License Manager": { CADS_LICENSE_FILE: "27000@lic1", Other: "1@no" },
    [`${PROFILES}\\${USER}`]: {},
    [`${PROFILES}\\S-1-5-21-1-2-3-1105`]: {},
    [`${PROFILES}\\S-1-5-18`]: {},
  };
  const users = {
    [`${USER}\\Network\\Z`]: { RemotePath: "\\\\nas1\\data", UserName: "CORP\\hush" },
    [`${USER}\\SOFTWARE\\ODBC\\ODBC.INI\\mine`]: { Server: "db3" },
    [`${USER}_Classes\\Network\\Y`]: { RemotePath: "\\\\no\\no" },
  };
  const { items, told, unread } = read({ machine, users });
  expect(told).toEqual([
    ["file-share", `Z:, of ${USER}`, "\\\\nas1\\data"],
    ["licence-service", "CADS_LICENSE_FILE", "lic1:27000"],
    ["linked-server", "PAYDB", "10.1.1.7:1433"],
    ["odbc", "crm", "10.1.1.8:5432"],
    ["odbc", "erp", "db1\\PAY"],
    ["odbc", `mine, of ${USER}`, "db3"],
  ]);
  expect(items[0]?.source).toBe(`HKU\\${USER}\\Network\\Z`);
  expect(unread).toEqual(["HKU: shares and data sources of 1 users who are not signed on"]);
  expect(JSON.stringify(items)).not.toContain("hush");
});

/** A file of the synthetic host, whose folders are one name each for Linux. */
function put(folder: string, name: string, content: string): string {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, name), content);
  return join(folder, name);
}

test("licence files of customary folders, of LMTOOLS' services and of the programs' own settings; one on a share is left alone", () => {
  const data = join(root, "data");
  const licence = put(`${data}\\flexlm`, "license.dat", "SERVER LIC1 005056AABBCC 27000\nVENDOR adskflex hush\n");
  const rlm = put(join(root, "windows\\rlm"), "sub.lic", "HOST lic2 ANY 5053\nISV acme\n");
  const served = put(join(root, "D"), "served.lic", "SERVER lic3 005056000001 27001\n");
  const own = put(join(root, "E"), "own.lic", 'FEATURE a b 1.0 permanent 1 HOSTID=005056AABBCC SIGN="hush"\n');
  put(join(root, "E"), "readme.txt", "SERVER no 005056000002 1\n");
  const flexlm = "SOFTWARE\\FLEXlm License Manager";
  const machine = {
    [PROFILES]: { ProgramData: data },
    "SOFTWARE\\Microsoft\\Windows\\CurrentVersion": { ProgramFilesDir: join(root, "programs") },
    [`${flexlm}\\acme`]: { License: `"${served}";\\\\nas1\\lic\\far.lic`, Lmgrd: "C:\\lmgrd.exe" },
    [flexlm.replace("\\", "\\WOW6432Node\\")]: { ACME_LICENSE_FILE: `27000@lic1;${join(root, "E")};old\\here.lic` },
  };
  const { items, unread } = read({ machine });
  expect(items.map(({ holder, target, source }) => [holder, target, source])).toEqual([
    ["ACME_LICENSE_FILE", "lic1:27000", "HKLM\\SOFTWARE\\WOW6432Node\\FLEXlm License Manager"],
    ["FLEXlm licence file", "lic3:27001", served],
    ["FLEXlm licence without a server, bound to this host's MAC", "00:50:56:aa:bb:cc", own],
    ["FLEXlm server LIC1:27000 on this host, its licence bound to this host's MAC", "00:50:56:aa:bb:cc", licence],
    ["RLM licence file", "lic2:5053", rlm],
  ]);
  expect(unread).toEqual(["\\\\nas1\\lic\\far.lic: on a share, not read", "old\\here.lic: no whole path, not read"]);
  expect(JSON.stringify(items)).not.toContain("hush");
});

const at = (host: string) => `= (DESCRIPTION = (ADDRESS = (PROTOCOL = TCP)(HOST = ${host})(PORT = 1521)))\n`;

test("names of Oracle's homes of both views and of where TNS_ADMIN says; of other variables none is read", () => {
  const [home, admin] = [join(root, "home"), join(root, "admin")];
  writeFileSync(`${home}\\network\\admin\\tnsnames.ora`, `ERP ${at("db1")}OWN ${at("localhost")}`);
  writeFileSync(`${admin}\\tnsnames.ora`, `CRM ${at("10.1.1.8")}`);
  writeFileSync(`${root}\\tnsnames.ora`, `HR ${at("db3")}`);
  const machine = {
    "SOFTWARE\\ORACLE\\KEY_OraDB19Home1": { ORACLE_HOME: `${home}\\`, ORACLE_SID: "hush" },
    "SOFTWARE\\WOW6432Node\\ORACLE\\KEY_OraClient": { ORACLE_HOME: join(root, "none"), TNS_ADMIN: admin },
    "SYSTEM\\CurrentControlSet\\Control\\Session Manager\\Environment": { TNS_ADMIN: root, SECRET: "hush" },
  };
  const { told, unread } = read({ machine });
  expect(told).toEqual([
    ["linked-server", "CRM", "10.1.1.8:1521"],
    ["linked-server", "ERP", "db1:1521"],
    ["linked-server", "HR", "db3:1521"],
  ]);
  expect(unread).toEqual([]);
});

test("certificates of the machine's store by subject and end; a damaged one is named", async () => {
  const { cert } = await generate([{ name: "commonName", value: "www.corp.example" }], { keySize: 2048 });
  const der = Buffer.from(cert.replace(/-----[A-Z ]+-----|\s/g, ""), "base64");
  const machine = {
    [`${CERTIFICATES}\\AA`]: { Blob: syntheticCertificateBlob([[32, der]]) },
    [`${CERTIFICATES}\\BB`]: { Blob: syntheticCertificateBlob([[32, der.subarray(9)]]) },
  };
  const { items, unread } = read({ machine });
  expect(items).toEqual([
    {
      kind: "certificate",
      holder: "LocalMachine\\My, AA",
      target: "CN=www.corp.example",
      validUntil: expect.stringMatching(/^2\d{3}-/),
      source: `HKLM\\${CERTIFICATES}\\AA`,
    },
  ]);
  expect(unread).toEqual([`HKLM\\${CERTIFICATES}\\BB: no certificate that can be read`]);
});

test("the hosts file, wherever the registry says it is, and opted-in files in UTF-16 too", () => {
  const folder = join(root, "elsewhere");
  mkdirSync(join(root, "app"));
  writeFileSync(`${folder}\\hosts`, "127.0.0.1 localhost\r\n10.1.1.5\tdb1 db1.corp.example # hush\r\n");
  writeFileSync(join(root, "app", "a.config"), Buffer.from("\uFEFF<x>\r\n<y url='http://10.1.1.6/'/>", "utf16le"));
  const machine = { [TCPIP]: { DataBasePath: folder } };
  expect(read({ machine, folders: [join(root, "app")] }).told).toEqual([
    ["configuration-file", `${join(root, "app", "a.config")}:2`, "10.1.1.6"],
    ["hosts-file", `${folder}\\hosts:2`, "10.1.1.5 db1 db1.corp.example"],
  ]);
  writeFileSync(join(root, "windows\\System32\\drivers\\etc\\hosts"), "10.1.1.9 x\n");
  expect(read({ machine: { [TCPIP]: { DataBasePath: "%SystemRoot%\\System32\\drivers\\etc" } } }).told).toHaveLength(1);
  expect(read({ machine: { [TCPIP]: { DataBasePath: "%windir%\\System32\\drivers\\etc" } } }).told).toHaveLength(1);
  expect(read({}).told).toHaveLength(1);
});

test("what is refused is named with its reason, and the rest stands", () => {
  const ODBC = "SOFTWARE\\ODBC\\ODBC.INI";
  const machine = {
    [TCPIP]: { NameServer: "10.1.1.1" },
    [`${ODBC}\\erp`]: { Server: "db1" },
    "SYSTEM\\CurrentControlSet\\Services\\SMTPSVC": { ImagePath: "inetinfo.exe" },
  };
  const users = { [`${USER}\\Network\\Z`]: { RemotePath: "\\\\nas1\\data" } };
  const { told, unread } = read({ machine, users, denied: [ODBC, `${USER}\\Network`] });
  expect(told).toEqual([["dns-server", "all adapters", "10.1.1.1"]]);
  expect(unread).toEqual([
    `HKLM\\${USER}\\Network: Windows error 5 (access denied)`,
    `HKLM\\${ODBC}: Windows error 5 (access denied)`,
    "SMTPSVC: its relay stands in the metabase of IIS 6, which is not read",
  ]);
});

test("of a store with more certificates than are read, that is told", () => {
  const all = Array.from({ length: 1001 }, (_, index) => [`${CERTIFICATES}\\${index}`, {}] as const);
  const { unread } = read({ machine: Object.fromEntries(all) });
  expect(unread).toEqual([`HKLM\\${CERTIFICATES}: more than 1000 certificates`]);
});
