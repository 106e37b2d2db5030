import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Directory } from "@portolan/protocol";
import { afterAll, beforeAll, expect, test } from "vitest";
import { buildEstate, type Estate } from "../estate.ts";
import { describeWithWindows } from "./requirements.ts";
import { addRegistryValues, agentFile, evaluate, writeFiles } from "./run-code.ts";
import { bootWindows, NODE_EXE, OVERRIDES, type WindowsHost, windowsPath } from "./windows-host.ts";

const SOURCE = fileURLToPath(new URL("netapi32-double.c", import.meta.url));
const COMPILER = "x86_64-w64-mingw32-gcc";
const SERVICE = "HKLM\\SYSTEM\\CurrentControlSet\\Services\\SyntheticPayroll";
/** SYNTHETIC, with a password that must not leave the host. */
const APPLICATION_HOST = `<configuration><system.applicationHost><applicationPools><add name="급여">
<processModel identityType="SpecificUser" userName="svc-pay@corp.example" password="hunter2"/></add>
</applicationPools></system.applicationHost></configuration>`;
const TASK = "\uFEFF<Task><Principals><Principal><UserId>CORP\\svc-backup</UserId></Principal></Principals></Task>";

async function directoryOf(host: WindowsHost, node: string, env: Record<string, string> = {}): Promise<Directory> {
  const { code, stdout, stderr } = await host.exec([node, agentFile("main.ts"), "once", "--json"], { env });
  if (code !== 0) throw new Error(stderr);
  return Directory.parse(JSON.parse(stdout).directory);
}

describeWithWindows(
  "the directory of a Windows host",
  () => {
    let estate: Estate;
    let host: WindowsHost;
    beforeAll(async () => {
      estate = await buildEstate({
        segments: [{ name: "front", cidr: "10.94.1.0/24" }],
        hosts: [{ name: "winapp1", segment: "front", address: "10.94.1.11" }],
      });
      host = await bootWindows(estate.host("winapp1"));
      await addRegistryValues(host, [
        [SERVICE, "Type", "REG_DWORD", "16"],
        [SERVICE, "ImagePath", "REG_EXPAND_SZ", "C:\\payroll\\payroll.exe"],
        [SERVICE, "ObjectName", "REG_SZ", "CORP\\gmsa-pay$"],
        [SERVICE, "ServiceAccountManaged", "REG_BINARY", "01000000"],
        ["HKLM\\SOFTWARE\\Microsoft\\InetStp", "VersionString", "REG_SZ", "Version 10.0"],
      ]);
      await writeFiles(host, {
        "C:\\windows\\System32\\inetsrv\\config\\applicationHost.config": APPLICATION_HOST,
        "C:\\windows\\System32\\Tasks\\Backup\\Nightly": Buffer.from(TASK, "utf16le"),
      });
    }, 120_000);
    afterAll(() => estate.close());

    test("a workgroup, which is not joined, with the accounts of a synthetic service, pool and task", async () => {
      const directory = await directoryOf(host, NODE_EXE);
      expect(directory).toMatchObject({
        status: "not-joined",
        role: "standalone",
        domainControllers: [],
        serviceAccounts: expect.arrayContaining([
          { consumer: "SyntheticPayroll", account: "CORP\\gmsa-pay$", kind: "gmsa" },
          { consumer: "task \\Backup\\Nightly", account: "CORP\\svc-backup", kind: "domain" },
          { consumer: "IIS pool 급여", account: "svc-pay@corp.example", kind: "domain" },
        ]),
      });
      expect(JSON.stringify(directory)).not.toContain("hunter2");
      expect(directory.detail).toMatch(/^the workgroup .+ is no membership$/);
      expect(directory.evidence.find(({ source }) => source === "NetGetJoinInformation")?.value).toMatch(
        /^2 \(workgroup\), ./,
      );
    });

    test("with a double of netapi32.dll: joined, not verified, with controller, site and tenant", async () => {
      const library = join(host.host.stateDir, "netapi32.dll");
      execFileSync(COMPILER, ["-shared", "-o", library, SOURCE]);
      await evaluate(
        host,
        `fs.mkdirSync("C:\\\\double");
         for (const name of ["node.exe", "koffi.node"]) fs.copyFileSync("Z:\\\\windows\\\\" + name, "C:\\\\double\\\\" + name);
         fs.copyFileSync(${JSON.stringify(windowsPath(library))}, "C:\\\\double\\\\netapi32.dll");`,
      );
      const directory = await directoryOf(host, "C:\\double\\node.exe", {
        WINEDLLOVERRIDES: `${OVERRIDES};netapi32=n`,
      });
      expect(directory).toMatchObject({
        status: "joined",
        reason: "not-verified",
        method: "windows",
        role: "member",
        realm: "CORP.EXAMPLE",
        dnsDomain: "corp.example",
        forest: "corp.example",
        netbios: "CORP",
        computerAccount: "WINAPP1$",
        site: "Hamburg",
        entra: { state: "hybrid", tenantId: "11111111-2222-3333-4444-555555555555" },
        domainControllers: [
          { name: "dc1.corp.example", address: "10.66.0.10", source: "DsGetDcNameW" },
          { name: "dc1.corp.example", source: "I_NetLogonControl2" },
        ],
      });
      expect(directory.evidence.some(({ verifiedLive }) => verifiedLive)).toBe(false);
    });
  },
  { [COMPILER]: "gcc-mingw-w64-x86-64-win32" },
);
