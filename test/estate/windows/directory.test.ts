import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { DirectoryItem } from "@portolan/api";
import { Directory } from "@portolan/protocol";
import { afterAll, beforeAll, expect, test } from "vitest";
import { portolan, startCollector, startWindowsAgent } from "../../e2e/portolan.ts";
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
const taskOf = (user: string) =>
  Buffer.from(`\uFEFF<Task><Principals><Principal><UserId>${user}</UserId></Principal></Principals></Task>`, "utf16le");
/** Wine's machine, and its only user. */
const OWN_USER = "S-1-5-21-0-0-0-1000";

async function directoryOf({ exec }: WindowsHost): Promise<Directory> {
  const { code, stdout, stderr } = await exec([NODE_EXE, agentFile("main.ts"), "once", "--json"]);
  if (code !== 0) throw new Error(stderr);
  return Directory.parse(JSON.parse(stdout).directory);
}

const besideDouble = ([, ...args]: readonly string[]) => ["C:\\double\\node.exe", ...args];

/** The same host, its programs beside the double of netapi32.dll, which they take in place of Wine's. */
async function withDouble(windows: WindowsHost): Promise<WindowsHost> {
  const { host, exec, spawn } = windows;
  const library = join(host.stateDir, "netapi32.dll");
  execFileSync(COMPILER, ["-shared", "-o", library, SOURCE]);
  await evaluate(
    windows,
    `fs.mkdirSync("C:\\\\double");
     for (const name of ["node.exe", "koffi.node"]) fs.copyFileSync("Z:\\\\windows\\\\" + name, "C:\\\\double\\\\" + name);
     fs.copyFileSync(${JSON.stringify(windowsPath(library))}, "C:\\\\double\\\\netapi32.dll");`,
  );
  const env = { WINEDLLOVERRIDES: `${OVERRIDES};netapi32=n` };
  return {
    host,
    exec: (argv, options) => exec(besideDouble(argv), { ...options, env }),
    spawn: (argv, options) => spawn(besideDouble(argv), { ...options, env }),
  };
}

describeWithWindows(
  "the directory of a Windows host",
  () => {
    let estate: Estate;
    let host: WindowsHost;
    /** Another host, whose netapi32.dll is the double. */
    let joined: WindowsHost;
    beforeAll(async () => {
      estate = await buildEstate({
        segments: [{ name: "front", cidr: "10.94.1.0/24" }],
        hosts: ["winapp1", "winapp2", "collector1"].map((name, index) => ({
          name,
          segment: "front",
          address: `10.94.1.${11 + index}`,
        })),
      });
      host = await bootWindows(estate.host("winapp1"));
      joined = await withDouble(await bootWindows(estate.host("winapp2")));
      await addRegistryValues(host, [
        [SERVICE, "Type", "REG_DWORD", "16"],
        [SERVICE, "ImagePath", "REG_EXPAND_SZ", "C:\\payroll\\payroll.exe"],
        [SERVICE, "ObjectName", "REG_SZ", "CORP\\gmsa-pay$"],
        [SERVICE, "ServiceAccountManaged", "REG_BINARY", "01000000"],
        ["HKLM\\SOFTWARE\\Microsoft\\InetStp", "VersionString", "REG_SZ", "Version 10.0"],
      ]);
      await writeFiles(host, {
        "C:\\windows\\System32\\inetsrv\\config\\applicationHost.config": APPLICATION_HOST,
        "C:\\windows\\System32\\Tasks\\Backup\\Nightly": taskOf("CORP\\svc-backup"),
        "C:\\windows\\System32\\Tasks\\Backup\\Own": taskOf(OWN_USER),
        "C:\\windows\\System32\\Tasks\\Backup\\Other": taskOf("S-1-5-21-1-2-3-1104"),
      });
    }, 120_000);
    afterAll(() => estate.close());

    test("a workgroup, which is not joined, with the accounts of a synthetic service, pool and task", async () => {
      const directory = await directoryOf(host);
      expect(directory).toMatchObject({
        status: "not-joined",
        role: "standalone",
        domainControllers: [],
        serviceAccounts: expect.arrayContaining([
          { consumer: "SyntheticPayroll", account: "CORP\\gmsa-pay$", kind: "gmsa" },
          { consumer: "task \\Backup\\Nightly", account: "CORP\\svc-backup", kind: "domain" },
          { consumer: "task \\Backup\\Own", account: "WINAPP1\\root", kind: "local" },
          { consumer: "IIS pool 급여", account: "svc-pay@corp.example", kind: "domain" },
        ]),
      });
      expect(directory.evidence).toContainEqual({
        source: "task \\Backup\\Other",
        value: "not read: the name of S-1-5-21-1-2-3-1104, an account of another domain or machine",
        privileged: true,
        verifiedLive: false,
      });
      expect(JSON.stringify(directory)).not.toContain("hunter2");
      expect(directory.detail).toMatch(/^the workgroup .+ is no membership$/);
      expect(directory.evidence.find(({ source }) => source === "NetGetJoinInformation")?.value).toMatch(
        /^2 \(workgroup\), ./,
      );
    });

    test("with a double of netapi32.dll: joined, not verified, with controller, site and tenant", async () => {
      const directory = await directoryOf(joined);
      expect(directory).toMatchObject({
        status: "joined",
        reason: "not-verified",
        method: "windows",
        role: "member",
        realm: "CORP.EXAMPLE",
        dnsDomain: "corp.example",
        forest: "corp.example",
        netbios: "CORP",
        computerAccount: "WINAPP2$",
        site: "Hamburg",
        entra: { state: "hybrid", tenantId: "11111111-2222-3333-4444-555555555555" },
        domainControllers: [
          { name: "dc1.corp.example", address: "10.66.0.10", source: "DsGetDcNameW" },
          { name: "dc1.corp.example", source: "I_NetLogonControl2" },
        ],
      });
      expect(directory.evidence.some(({ verifiedLive }) => verifiedLive)).toBe(false);
    });

    test("both report to a collector, whose directory tells them apart", async () => {
      const collector = estate.host("collector1");
      const data = join(collector.stateDir, "data");
      const ask = (...args: string[]) => portolan(collector, ...args, "--data", data);
      await startCollector(collector, data);
      const made = JSON.parse(await ask("token", "create", "--kind", "enrolment", "--uses", "2", "--json"));
      for (const windows of [host, joined]) await startWindowsAgent(windows, made.token);
      const told = async () => {
        const { items } = JSON.parse(await ask("directory", "--json")) as { items: DirectoryItem[] };
        return items
          .filter(({ kind }) => kind === "managed")
          .map((item) => [item.host, item.status, item.reason, item.role, item.dnsDomain, item.site])
          .toSorted();
      };
      await expect.poll(told, { timeout: 40_000, interval: 1000 }).toEqual([
        ["winapp1", "not-joined", undefined, "standalone", undefined, undefined],
        ["winapp2", "joined", "not-verified", "member", "corp.example", "Hamburg"],
      ]);
      expect(await ask("directory", "--host", "winapp2")).toMatch(/winapp2 +joined, not-verified +corp\.example/);
    });
  },
  { [COMPILER]: "gcc-mingw-w64-x86-64-win32" },
);
