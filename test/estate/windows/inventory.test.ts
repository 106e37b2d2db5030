import { HostFacts, LoadHour } from "@portolan/protocol";
import { afterAll, beforeAll, expect, test } from "vitest";
import { buildEstate, type Estate } from "../estate.ts";
import { describeWithWindows } from "./requirements.ts";
import { addRegistryValues, agentFile, agentModule, evaluate, runModule, writeFiles } from "./run-code.ts";
import { bootWindows, NODE_EXE, type WindowsHost } from "./windows-host.ts";

const SQL = "HKLM\\SOFTWARE\\Microsoft\\Microsoft SQL Server";
const TCP = `${SQL}\\MSSQL16.PAY\\MSSQLServer\\SuperSocketNetLib\\Tcp`;
/** SYNTHETIC: what SQL Server's setup and PostgreSQL's would have written, and IIS's. */
const KEYS: [key: string, values: Record<string, string | number>][] = [
  [`${SQL}\\Instance Names\\SQL`, { 급여: "MSSQL16.PAY" }],
  [`${SQL}\\MSSQL16.PAY\\Setup`, { PatchLevel: "16.0.4135.4", Edition: "Standard Edition" }],
  [TCP, { Enabled: 1, ListenOnAllIPs: 1 }],
  [`${TCP}\\IPAll`, { TcpPort: "", TcpDynamicPorts: "49721" }],
  ["HKLM\\SOFTWARE\\Microsoft\\InetStp", { VersionString: "Version 10.0" }],
  [
    "HKLM\\SYSTEM\\CurrentControlSet\\Services\\pg",
    { ImagePath: '"C:\\pg\\16\\bin\\pg_ctl.exe" runservice -D "C:\\d"' },
  ],
];
const APPLICATION_HOST = `<?xml version="1.0" encoding="UTF-8"?><configuration><system.applicationHost><sites>
<site name="인사 Straße" id="1"><bindings><binding protocol="https" bindingInformation="*:443:hr.example.org"/></bindings></site>
</sites></system.applicationHost></configuration>`;

const FACTS = `import { readHostFacts } from ${JSON.stringify(agentModule("inventory/index.ts"))};
process.stdout.write(JSON.stringify(await readHostFacts()));`;
const LOAD = `import { createLoadWatch } from ${JSON.stringify(agentModule("load/index.ts"))};
const watch = await createLoadWatch();
await watch.look();
await new Promise((resolve) => setTimeout(resolve, 1500));
await watch.look();
process.stdout.write(JSON.stringify(watch.take()));`;

function typed(value: string | number): [type: string, data: string] {
  return typeof value === "number" ? ["REG_DWORD", String(value)] : ["REG_SZ", value];
}

describeWithWindows("inventory and load of a Windows host", () => {
  let estate: Estate;
  let plain: WindowsHost;
  let equipped: WindowsHost;
  beforeAll(async () => {
    estate = await buildEstate({
      segments: [{ name: "front", cidr: "10.93.1.0/24" }],
      hosts: [
        { name: "winapp1", segment: "front", address: "10.93.1.11" },
        { name: "windata1", segment: "front", address: "10.93.1.12" },
      ],
    });
    plain = await bootWindows(estate.host("winapp1"));
    equipped = await bootWindows(estate.host("windata1"));
    const values = KEYS.flatMap(([key, named]) =>
      Object.entries(named).map(([name, value]) => [key, name, ...typed(value)] as const),
    );
    await addRegistryValues(equipped, values);
    await writeFiles(equipped, {
      "C:\\windows\\System32\\inetsrv\\config\\applicationHost.config": APPLICATION_HOST,
    });
    await evaluate(
      equipped,
      `fs.mkdirSync("C:\\\\pg\\\\16\\\\bin", { recursive: true });
       fs.copyFileSync(process.execPath, "C:\\\\pg\\\\16\\\\bin\\\\postgres.exe");`,
    );
  }, 120_000);
  afterAll(() => estate.close());

  test("a prefix with the identity of Windows Server 2022: nothing is empty, and what Wine lacks is named", async () => {
    const facts = HostFacts.parse(await runModule(plain, FACTS));
    expect(facts).toMatchObject({
      hostname: "winapp1",
      machineId: expect.stringMatching(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/),
      os: {
        family: "windows",
        name: "Windows Server 2022 Standard",
        build: expect.stringMatching(/^20348\.\d+$/),
        edition: "ServerStandard",
        role: "server",
        architecture: "x64",
      },
      cpu: { model: expect.stringMatching(/./), cores: expect.any(Number), logicalCores: expect.any(Number) },
      software: [],
    });
    expect(facts.cpu.cores).toBeGreaterThan(0);
    expect(facts.memoryBytes).toBeGreaterThan(1e8);
    const eth0 = facts.interfaces.find(({ name }) => name === "eth0");
    expect(eth0).toMatchObject({ hostLocal: false, dhcp: false, mac: expect.stringMatching(/^([0-9a-f]{2}:){5}/) });
    expect(eth0?.addresses).toContainEqual({ address: "10.93.1.11", prefix: 24 });
    expect(facts.interfaces.find(({ hostLocal }) => hostLocal)?.addresses).toContainEqual({
      address: "127.0.0.1",
      prefix: 8,
    });
    const [disk] = facts.disks;
    expect(disk).toMatchObject({ mount: "C:\\", fileSystem: "NTFS" });
    expect(disk?.sizeBytes).toBeGreaterThan(0);
    // The lab's machines may have no SMBIOS, and Wine makes none up: then that is said.
    expect(facts.smbiosUuid ?? facts.unread?.map(({ fact }) => fact)).toEqual(
      expect.toSatisfy(
        (told: unknown) => typeof told === "string" || (Array.isArray(told) && told.includes("smbiosUuid")),
      ),
    );
  });

  test("software as the registry and applicationHost.config have it, under any code page", async () => {
    const server = equipped.spawn(
      ["C:\\pg\\16\\bin\\postgres.exe", "-e", "net.createServer().listen(5433, '0.0.0.0')"],
      {
        log: "postgres-double.log",
      },
    );
    await equipped.host.waitForListener(5433);
    const expected = [
      {
        kind: "web-server",
        name: "IIS",
        version: "10.0",
        instance: "인사 Straße",
        ports: [443],
        bindings: [{ scheme: "https", port: 443, hostName: "hr.example.org" }],
        sources: ["C:\\windows\\System32\\inetsrv\\config\\applicationHost.config"],
      },
      {
        kind: "database",
        name: "Microsoft SQL Server",
        version: "16.0.4135.4",
        edition: "Standard Edition",
        instance: "급여",
        ports: [49_721],
        dynamicPorts: true,
        sources: ["HKLM\\SOFTWARE\\Microsoft\\Microsoft SQL Server\\MSSQL16.PAY"],
      },
      {
        kind: "database",
        name: "PostgreSQL",
        version: "24.21.0.0",
        instance: "pg",
        ports: [5433],
        sources: ["HKLM\\SYSTEM\\CurrentControlSet\\Services\\pg", "listener"],
      },
    ];
    for (const env of [{}, { LC_ALL: "ko_KR.UTF-8" }, { LC_ALL: "de_DE.UTF-8" }]) {
      const { software, ...rest } = HostFacts.parse(await runModule(equipped, FACTS, env));
      expect(software).toEqual(expected);
      expect(rest.os.name).toBe("Windows Server 2022 Standard");
    }
    await server.stop();
  }, 60_000);

  test("doctor says in what time they are read, and what is missing, without a name of the host", async () => {
    const { code, stdout } = await equipped.exec([NODE_EXE, agentFile("main.ts"), "doctor", "--json"]);
    expect(code).toBe(0);
    const tiers = JSON.parse(stdout) as { name: string; isOn: boolean; reason: string }[];
    const told = tiers.filter(({ name }) => name === "facts" || name === "load");
    expect(told).toEqual([
      expect.objectContaining({ name: "facts", isOn: true, reason: expect.stringMatching(/^read in \d+ ms/) }),
      expect.objectContaining({
        name: "load",
        isOn: true,
        reason: expect.stringMatching(/^read in \d+ ms, but not all figures: portolan-agent once says why$/),
      }),
    ]);
    expect(JSON.stringify(told)).not.toMatch(/windata1|급여|인사/);
  });

  test("load: all but what is written to disks, of which Wine does not tell", async () => {
    const { hours, trouble } = (await runModule(plain, LOAD)) as { hours: unknown[]; trouble?: { reason?: string } };
    const hour = LoadHour.parse(hours.at(-1));
    expect(hour.cpu?.ms).toBeGreaterThan(1000);
    expect(hour.memory?.mean).toBeGreaterThan(1e7);
    expect(hour.network).toMatchObject({ bytesIn: expect.any(Number), bytesOut: expect.any(Number) });
    expect(hour.volumes).toContainEqual({ mount: "C:\\", used: expect.objectContaining({ samples: 1 }) });
    expect(trouble?.reason).toMatch(/^written to C:\\: IOCTL_DISK_PERFORMANCE: Windows error 50/);
  });
});
