import { describe, expect, test } from "vitest";
import { syntheticRegistry } from "../../windows/synthetic-registry.ts";
import { Win32Error } from "../../windows/win32-error.ts";
import { withListeners } from "../software/found-software.ts";
import { operatingSystem } from "./operating-system.ts";
import { serviceEngines } from "./service-engines.ts";
import { executableOf } from "./services.ts";
import { sqlServers } from "./sql-server.ts";

const SQL = "SOFTWARE\\Microsoft\\Microsoft SQL Server";
const SERVICES = "SYSTEM\\CurrentControlSet\\Services";
const BIN = "C:\\Program Files\\Microsoft SQL Server\\MSSQL16.PAY\\MSSQL\\Binn";

/** SYNTHETIC: the keys that SQL Server's setup writes, for a default and a named instance. */
const sqlKeys = {
  [`${SQL}\\Instance Names\\SQL`]: { MSSQLSERVER: "MSSQL15.MSSQLSERVER", 급여: "MSSQL16.PAY" },
  [`${SQL}\\MSSQL15.MSSQLSERVER\\Setup`]: {
    Version: "15.0.2000.5",
    PatchLevel: "15.0.4430.1",
    Edition: "Enterprise Edition",
  },
  [`${SQL}\\MSSQL15.MSSQLSERVER\\MSSQLServer\\SuperSocketNetLib\\Tcp`]: { Enabled: 1, ListenOnAllIPs: 1 },
  [`${SQL}\\MSSQL15.MSSQLSERVER\\MSSQLServer\\SuperSocketNetLib\\Tcp\\IP1`]: { Enabled: 1, TcpPort: "9999" },
  [`${SQL}\\MSSQL15.MSSQLSERVER\\MSSQLServer\\SuperSocketNetLib\\Tcp\\IPAll`]: {
    TcpPort: "1433,14330",
    TcpDynamicPorts: "",
  },
  [`${SQL}\\MSSQL16.PAY\\Setup`]: { Version: "16.0.1000.6", Edition: "Standard Edition", SQLBinRoot: BIN },
  [`${SQL}\\MSSQL16.PAY\\MSSQLServer\\SuperSocketNetLib\\Tcp`]: { Enabled: 1, ListenOnAllIPs: 1 },
  [`${SQL}\\MSSQL16.PAY\\MSSQLServer\\SuperSocketNetLib\\Tcp\\IPAll`]: { TcpPort: "", TcpDynamicPorts: "49721" },
};

const portsWith = (more: Record<string, Record<string, string | number>>) => {
  const [, second] = sqlServers(syntheticRegistry({ ...sqlKeys, ...more }), refuse);
  return [second?.item.ports, second?.item.dynamicPorts];
};

const refuse = (error: unknown) => {
  throw error;
};

describe("SQL Server", () => {
  test("each instance with version, edition and ports", () => {
    expect(sqlServers(syntheticRegistry(sqlKeys), refuse).map(({ item, service }) => ({ ...item, service }))).toEqual([
      {
        kind: "database",
        name: "Microsoft SQL Server",
        version: "15.0.4430.1",
        edition: "Enterprise Edition",
        instance: "MSSQLSERVER",
        ports: [1433, 14_330],
        sources: [`HKLM\\${SQL}\\MSSQL15.MSSQLSERVER`],
        service: "MSSQLSERVER",
      },
      {
        kind: "database",
        name: "Microsoft SQL Server",
        version: "16.0.1000.6",
        edition: "Standard Edition",
        instance: "급여",
        ports: [49_721],
        dynamicPorts: true,
        sources: [`HKLM\\${SQL}\\MSSQL16.PAY`],
        service: "MSSQL$급여",
      },
    ]);
  });

  test("addresses one by one, a dynamic port that is not chosen yet, TCP switched off", () => {
    const tcp = `${SQL}\\MSSQL16.PAY\\MSSQLServer\\SuperSocketNetLib\\Tcp`;
    const one = {
      [tcp]: { Enabled: 1, ListenOnAllIPs: 0 },
      [`${tcp}\\IP1`]: { Enabled: 1, TcpPort: "2433", TcpDynamicPorts: "" },
      [`${tcp}\\IP2`]: { Enabled: 0, TcpPort: "2434", TcpDynamicPorts: "" },
    };
    expect(portsWith(one)).toEqual([[2433], undefined]);
    expect(portsWith({ [`${tcp}\\IPAll`]: { TcpPort: "", TcpDynamicPorts: "0" } })).toEqual([[], true]);
    expect(portsWith({ [tcp]: { Enabled: 0 } })).toEqual([[], undefined]);
  });

  test("an instance that stands in both views of the registry is one", () => {
    const twice = {
      "SOFTWARE\\WOW6432Node\\Microsoft\\Microsoft SQL Server\\Instance Names\\SQL": { 급여: "MSSQL16.PAY" },
    };
    const found = sqlServers(syntheticRegistry({ ...sqlKeys, ...twice }), refuse);
    expect(found.map(({ item }) => item.instance)).toEqual(["MSSQLSERVER", "급여"]);
  });

  test("an instance whose network keys may not be read stands without ports, and that is told", () => {
    const tcp = `${SQL}\\MSSQL16.PAY\\MSSQLServer\\SuperSocketNetLib\\Tcp`;
    const denied: unknown[] = [];
    const found = sqlServers(syntheticRegistry(sqlKeys, [tcp]), (error) => denied.push(error));
    expect(found.map(({ item }) => [item.edition, item.ports])).toEqual([
      ["Enterprise Edition", [1433, 14_330]],
      ["Standard Edition", []],
    ]);
    expect(denied).toEqual([new Win32Error(`HKLM\\${tcp}`, 5)]);
  });

  test("the port that its process listens on now stands beside the one that it noted", () => {
    const software = withListeners(
      sqlServers(syntheticRegistry(sqlKeys), refuse),
      [{ executable: `${BIN.toUpperCase()}\\sqlservr.exe`, ports: [50_001] }],
      () => undefined,
    );
    const named = software.find(({ instance }) => instance === "급여");
    expect(named).toMatchObject({ ports: [49_721, 50_001], sources: [expect.any(String), "listener"] });
    expect(software.find(({ instance }) => instance === "MSSQLSERVER")?.ports).toEqual([1433, 14_330]);
  });
});

describe("engines that run as services", () => {
  const MYSQL = "C:\\Program Files\\MySQL\\MySQL Server 8.0\\bin\\mysqld.exe";
  const registry = syntheticRegistry(
    {
      [`${SERVICES}\\MySQL80`]: { ImagePath: `"${MYSQL}" --defaults-file="C:\\ProgramData\\MySQL\\my.ini" MySQL80` },
      [`${SERVICES}\\MySQL80b`]: { ImagePath: `"${MYSQL}" MySQL80b` },
      [`${SERVICES}\\MariaDB`]: { ImagePath: "C:\\Program Files\\MariaDB 11.4\\bin\\mysqld.exe MariaDB" },
      [`${SERVICES}\\postgresql-x64-16`]: {
        ImagePath:
          '"C:\\Program Files\\PostgreSQL\\16\\bin\\pg_ctl.exe" runservice -N "postgresql-x64-16" -D "D:\\data" -w',
      },
      "SOFTWARE\\PostgreSQL\\Installations\\postgresql-x64-16": { Version: "16.4" },
      "SOFTWARE\\PostgreSQL\\Services\\postgresql-x64-16": { Port: 5433 },
      [`${SERVICES}\\OracleServiceORCL`]: { ImagePath: "c:\\app\\product\\19.3.0\\dbhome_1\\bin\\ORACLE.EXE ORCL" },
      [`${SERVICES}\\Dnscache`]: { ImagePath: "%SystemRoot%\\System32\\svchost.exe -k NetworkService" },
      [`${SERVICES}\\Secret`]: { ImagePath: "x.exe" },
    },
    [`${SERVICES}\\Secret`],
  );
  const found = (versions: Record<string, { version: string; productName?: string }> = {}) => {
    const denied: string[] = [];
    const engines = serviceEngines(
      registry,
      (file) => versions[file] ?? {},
      (service) => denied.push(service),
    );
    return { engines, denied };
  };

  test("are known by the program of their service, and no argument is kept", () => {
    const { engines, denied } = found({ [MYSQL]: { version: "8.0.36.0", productName: "MySQL Server" } });
    expect(engines.map(({ item }) => [item.name, item.instance, item.version, item.ports])).toEqual([
      ["MySQL", "MySQL80", "8.0.36.0", []],
      ["MySQL", "MySQL80b", "8.0.36.0", []],
      ["MariaDB", "MariaDB", "11.4", []],
      ["PostgreSQL", "postgresql-x64-16", "16.4", [5433]],
      ["Oracle Database", "ORCL", "19.3.0", []],
    ]);
    expect(JSON.stringify(engines)).not.toMatch(/my\.ini|runservice|D:\\\\data/);
    expect(denied).toEqual(["Secret"]);
  });

  test("of two services of one program, the process's service says whose port it is", () => {
    const program = { executable: MYSQL, service: "mysql80B", ports: [3307] };
    const named = withListeners(found().engines, [program], () => undefined);
    expect(named.filter(({ ports }) => ports.includes(3307)).map(({ instance }) => instance)).toEqual(["MySQL80b"]);
    const { service: _service, ...unnamed } = program;
    const either = withListeners(found().engines, [unnamed], () => undefined);
    expect(either.filter(({ ports }) => ports.includes(3307)).map(({ instance }) => instance)).toEqual([
      "MySQL80",
      "MySQL80b",
    ]);
  });

  test("Oracle's listener serves the instances of its home", () => {
    const listener = { executable: "C:\\app\\product\\19.3.0\\dbhome_1\\bin\\TNSLSNR.EXE", ports: [1521] };
    expect(
      withListeners(found().engines, [listener], () => undefined).find(({ instance }) => instance === "ORCL"),
    ).toMatchObject({
      ports: [1521],
    });
  });
});

test.each([
  ['"C:\\Program Files\\a b\\c.exe" -x', "C:\\Program Files\\a b\\c.exe"],
  ["C:\\Program Files\\a b\\c.exe -x", "C:\\Program Files\\a b\\c.exe"],
  ["\\??\\C:\\drivers\\d.sys", "C:\\drivers\\d.sys"],
  ["", undefined],
])("the program of %j", (imagePath, executable) => {
  expect(executableOf(imagePath)).toBe(executable);
});

describe("the operating system", () => {
  const key = "SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion";
  const role = "SYSTEM\\CurrentControlSet\\Control\\ProductOptions";
  test("a domain controller, and a Windows 11 that calls itself 10", () => {
    const server = syntheticRegistry({
      [key]: {
        ProductName: "Windows Server 2016 Datacenter",
        CurrentBuildNumber: "14393",
        UBR: 7428,
        ReleaseId: "1607",
        EditionID: "ServerDatacenter",
      },
      [role]: { ProductType: "LanmanNT" },
    });
    expect(operatingSystem(server)).toEqual({
      name: "Windows Server 2016 Datacenter",
      version: "1607",
      build: "14393.7428",
      edition: "ServerDatacenter",
      role: "domain-controller",
    });
    const desk = syntheticRegistry({
      [key]: { ProductName: "Windows 10 Pro", CurrentBuildNumber: "22631" },
      [role]: { ProductType: "WinNT" },
    });
    expect(operatingSystem(desk)).toEqual({ name: "Windows 11 Pro", build: "22631", role: "workstation" });
    expect(operatingSystem(syntheticRegistry({}))).toEqual({ name: "" });
  });
});
