import { HostFacts } from "@portolan/protocol";
import { generate } from "selfsigned";
import { afterAll, beforeAll, expect, test } from "vitest";
import { buildEstate, type Estate } from "../estate.ts";
import { describeWithWindows } from "./requirements.ts";
import { addRegistryValues, agentModule, runModule, writeFiles } from "./run-code.ts";
import { bootWindows, type WindowsHost } from "./windows-host.ts";

const TCPIP = "HKLM\\SYSTEM\\CurrentControlSet\\Services\\Tcpip\\Parameters";
const ADAPTER = "{11111111-2222-3333-4444-555555555555}";
const CONNECTION = `HKLM\\SYSTEM\\CurrentControlSet\\Control\\Network\\{4D36E972-E325-11CE-BFC1-08002BE10318}\\${ADAPTER}\\Connection`;
const TIME = "HKLM\\SYSTEM\\CurrentControlSet\\Services\\W32Time\\Parameters";
const ODBC = "HKLM\\SOFTWARE\\ODBC\\ODBC.INI";
const ALIASES = "HKLM\\SOFTWARE\\Microsoft\\MSSQLServer\\Client\\ConnectTo";
const STORE = "HKLM\\SOFTWARE\\Microsoft\\SystemCertificates\\MY\\Certificates";
/** SYNTHETIC: what an administrator and setups would have left there. */
const VALUES: [key: string, name: string, type: string, data: string][] = [
  [`${TCPIP}\\Interfaces\\${ADAPTER}`, "NameServer", "REG_SZ", "10.94.1.1,10.94.1.2"],
  [`${TCPIP}\\Interfaces\\${ADAPTER}`, "DhcpNameServer", "REG_SZ", "10.94.9.9"],
  [`${TCPIP}\\Interfaces\\${ADAPTER}`, "DefaultGateway", "REG_MULTI_SZ", "10.94.1.254"],
  [CONNECTION, "Name", "REG_SZ", "이더넷"],
  [TCPIP, "SearchList", "REG_SZ", "corp.example,eu.corp.example"],
  [`${TCPIP}\\PersistentRoutes`, "10.101.0.0,255.255.0.0,10.94.1.253,1", "REG_SZ", ""],
  [TIME, "Type", "REG_SZ", "NTP"],
  [TIME, "NtpServer", "REG_SZ", "time.corp.example,0x9"],
  [`${ODBC}\\erp`, "Server", "REG_SZ", "db1\\PAY"],
  [`${ODBC}\\erp`, "PWD", "REG_SZ", "hush"],
  [ALIASES, "PAYDB", "REG_SZ", "DBMSSOCN,10.94.1.7,1433"],
  ["HKLM\\SOFTWARE\\FLEXlm License Manager", "CADS_LICENSE_FILE", "REG_SZ", "27000@lic1"],
  ["HKLM\\SOFTWARE\\FLEXlm License Manager\\acme", "License", "REG_SZ", "C:\\lm\\acme.lic"],
  ["HKLM\\SOFTWARE\\ORACLE\\KEY_OraDB19Home1", "ORACLE_HOME", "REG_SZ", "C:\\oracle\\19"],
  ["HKCU\\Network\\Y", "RemotePath", "REG_SZ", "\\\\nas1\\data"],
];

/** A property of a certificate's Blob value: its number, 1, its length, its content. */
function certificateProperty(id: number, content: Buffer): Buffer {
  const head = Buffer.alloc(12);
  head.writeUInt32LE(id, 0);
  head.writeUInt32LE(1, 4);
  head.writeUInt32LE(content.length, 8);
  return Buffer.concat([head, content]);
}

describeWithWindows("what names an address on a Windows host", () => {
  let estate: Estate;
  let host: WindowsHost;
  beforeAll(async () => {
    estate = await buildEstate({
      segments: [{ name: "front", cidr: "10.94.1.0/24" }],
      hosts: [{ name: "winapp1", segment: "front", address: "10.94.1.11" }],
    });
    host = await bootWindows(estate.host("winapp1"));
    const { cert } = await generate([{ name: "commonName", value: "www.corp.example" }], { keySize: 2048 });
    const der = Buffer.from(cert.replace(/-----[A-Z ]+-----|\s/g, ""), "base64");
    const blob = Buffer.concat([certificateProperty(2, Buffer.from("key")), certificateProperty(32, der)]);
    await addRegistryValues(host, [...VALUES, [`${STORE}\\AA`, "Blob", "REG_BINARY", blob.toString("hex")]]);
    await writeFiles(host, {
      "C:\\windows\\System32\\drivers\\etc\\hosts": "127.0.0.1 localhost\r\n10.94.1.5\tdb1 db1.corp.example # hush\r\n",
      "C:\\flexlm\\license.dat": "SERVER winapp1 005056000001 27000\r\nVENDOR acme hush\r\n",
      "C:\\lm\\acme.lic": "SERVER lic2 ANY 27001\r\n",
      "C:\\oracle\\19\\network\\admin\\tnsnames.ora":
        "ERP = (DESCRIPTION = (ADDRESS = (PROTOCOL = TCP)(HOST = db2)(PORT = 1521)))\r\n",
      "C:\\app\\conf\\db.config": "<x>\r\n<db at='10.94.1.6' password='hush'/>",
    });
  }, 120_000);
  afterAll(() => estate.close());

  test("the list holds what stands in registry, hosts file, licence files, Oracle's names and opted-in folder, and nothing else", async () => {
    const told = await runModule(
      host,
      `import { readHostFacts } from ${JSON.stringify(agentModule("inventory/index.ts"))};
       process.stdout.write(JSON.stringify(await readHostFacts({ configurationFolders: ["C:\\\\app"] })));`,
    );
    const facts = HostFacts.parse(told);
    // As DataBasePath has it there.
    const hosts = "C:\\windows\\system32\\drivers\\etc\\hosts";
    const items = facts.dependenciesOnAddress ?? [];
    expect(items.map(({ kind, holder, target }) => [kind, holder, target])).toEqual([
      ["certificate", "LocalMachine\\My, AA", "CN=www.corp.example"],
      ["configuration-file", "C:\\app\\conf\\db.config:2", "10.94.1.6"],
      ["dns-server", "이더넷", "10.94.1.1"],
      ["dns-server", "이더넷", "10.94.1.2"],
      ["dns-suffix", "all adapters", "corp.example"],
      ["dns-suffix", "all adapters", "eu.corp.example"],
      ["file-share", expect.stringMatching(/^Y:, of S-1-5-21-[\d-]+$/), "\\\\nas1\\data"],
      ["hosts-file", `${hosts}:2`, "10.94.1.5 db1 db1.corp.example"],
      ["licence-service", "CADS_LICENSE_FILE", "lic1:27000"],
      ["licence-service", "FLEXlm licence file", "lic2:27001"],
      [
        "licence-service",
        "FLEXlm server winapp1:27000 on this host, its licence bound to a MAC that no adapter of this host has",
        "00:50:56:00:00:01",
      ],
      ["linked-server", "ERP", "db2:1521"],
      ["linked-server", "PAYDB", "10.94.1.7:1433"],
      ["odbc", "erp", "db1\\PAY"],
      ["static-route", "persistent route", "10.101.0.0/16 via 10.94.1.253"],
      ["static-route", "이더넷", "0.0.0.0/0 via 10.94.1.254"],
      ["time-source", "W32Time", "time.corp.example"],
    ]);
    expect(items[0]?.validUntil).toMatch(/^2\d{3}-/);
    expect(JSON.stringify(told)).not.toContain("hush");
    expect(facts.unread?.filter(({ fact }) => fact === "dependenciesOnAddress")).toEqual([]);
  }, 60_000);
});
