import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Directory } from "@portolan/protocol";
import { expect, test } from "vitest";
import { syntheticRegistry } from "../../windows/synthetic-registry.ts";
import { parseSid } from "../../windows/sid.ts";
import type { AccountCalls } from "./account-calls.ts";
import type { DirectoryCalls } from "./calls.ts";
import { createDirectoryReader } from "./index.ts";
import { accountKind } from "./service-accounts.ts";

const SERVICES = "SYSTEM\\CurrentControlSet\\Services";
const NAMES = { "SYSTEM\\CurrentControlSet\\Control\\ComputerName\\ActiveComputerName": { ComputerName: "APP1" } };

/** DOUBLE of a workgroup's host, which must not be asked about controllers. */
const workgroup: DirectoryCalls = {
  join: async () => ({ value: { status: 2, name: "CORP" } }),
  role: async () => ({ value: { role: 2, netbios: "CORP" } }),
  controller: () => Promise.reject(new Error("controller was asked")),
  channel: () => Promise.reject(new Error("channel was asked")),
  entra: async () => undefined,
};

test("services by their accounts, without drivers and Windows' own, and with what may not be read", async () => {
  const registry = syntheticRegistry(
    {
      ...NAMES,
      [`${SERVICES}\\disk`]: { Type: 1 },
      [`${SERVICES}\\sync_3a1b`]: { Type: 0xd0, ImagePath: "C:\\sync\\sync.exe" },
      [`${SERVICES}\\cloud`]: { Type: 16, ObjectName: "AzureAD\\kim", ImagePath: "C:\\cloud\\cloud.exe" },
      [`${SERVICES}\\Dnscache`]: {
        Type: 32,
        ObjectName: "NT AUTHORITY\\NetworkService",
        ImagePath: "%SystemRoot%\\system32\\svchost.exe -k NetworkService",
      },
      [`${SERVICES}\\agentd`]: { Type: 16, ImagePath: '"C:\\Program Files\\a\\agentd.exe" --password x' },
      [`${SERVICES}\\erp`]: { Type: 16, ObjectName: "CORP\\svc-erp", ImagePath: "C:\\Windows\\erp.exe" },
      [`${SERVICES}\\pay`]: { Type: 16, ObjectName: "CORP\\gmsa-pay$", ServiceAccountManaged: 1 },
      [`${SERVICES}\\shut`]: { Type: 16 },
    },
    [`${SERVICES}\\shut`],
  );
  const directory = Directory.parse(await createDirectoryReader({ now: () => 0 }, workgroup, registry).read());
  expect(directory.status).toBe("not-joined");
  expect(directory.serviceAccounts).toEqual([
    { consumer: "agentd", account: "LocalSystem", kind: "machine" },
    { consumer: "erp", account: "CORP\\svc-erp", kind: "domain" },
    { consumer: "pay", account: "CORP\\gmsa-pay$", kind: "gmsa" },
  ]);
  expect(directory.evidence).toContainEqual({
    source: `HKLM\\${SERVICES}\\shut`,
    value: expect.stringMatching(/^not read: .*access denied/),
    privileged: true,
    verifiedLive: false,
  });
  expect(directory.evidence.find(({ source }) => source === "cloud")?.value).toBe(
    "not read: AzureAD\\kim is an account of Entra ID",
  );
  expect(JSON.stringify(directory)).not.toContain("password");
});

test("who asks while a reading is under way gets that one", async () => {
  let asked = 0;
  const join = async () => ({ value: { status: 2, name: `WORKGROUP${++asked}` } });
  const reader = createDirectoryReader({ now: () => 0 }, { ...workgroup, join }, syntheticRegistry(NAMES));
  const [first, second] = await Promise.all([reader.read(), reader.read()]);
  expect(second).toBe(first);
  await reader.read();
  expect(asked).toBe(2);
});

// Linux takes backslashes for a part of a name: what is below the folder of Windows lies beside it.
test("pools of IIS by whom their workers run as", async () => {
  const root = mkdtempSync(join(tmpdir(), "portolan-directory-"));
  try {
    const pools = [
      ["erp", "SpecificUser", "CORP\\svc-erp"],
      ["shop", "NetworkService", "CORP\\left-over"],
      ["own", "ApplicationPoolIdentity", ""],
      ["broken", "SpecificUser", ""],
    ].map(
      ([name, kind, user]) => `<add name="${name}"><processModel identityType="${kind}" userName="${user}"/></add>`,
    );
    writeFileSync(
      `${join(root, "windows")}\\System32\\inetsrv\\config\\applicationHost.config`,
      `<configuration><system.applicationHost><applicationPools>${pools.join("")}</applicationPools></system.applicationHost></configuration>`,
    );
    const registry = syntheticRegistry({
      ...NAMES,
      "SOFTWARE\\Microsoft\\InetStp": { VersionString: "Version 10.0" },
      "SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion": { SystemRoot: join(root, "windows") },
    });
    const directory = Directory.parse(await createDirectoryReader({ now: () => 0 }, workgroup, registry).read());
    expect(directory.serviceAccounts).toEqual([
      { consumer: "IIS pool erp", account: "CORP\\svc-erp", kind: "domain" },
      { consumer: "IIS pool own", account: "IIS APPPOOL\\own", kind: "machine" },
      { consumer: "IIS pool shop", account: "NT AUTHORITY\\NetworkService", kind: "machine" },
    ]);
    expect(directory.evidence).toContainEqual({
      source: "IIS pool broken",
      value: "not read: its identity is SpecificUser, and no user is named",
      privileged: true,
      verifiedLive: false,
    });
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
});

test("a host on which little may be read tells no more than the protocol takes", async () => {
  const keys = Array.from({ length: 1100 }, (_, index) => `${SERVICES}\\service${index}`);
  const registry = syntheticRegistry(Object.fromEntries(keys.map((key) => [key, {}])), keys);
  const directory = Directory.parse(await createDirectoryReader({ now: () => 0 }, workgroup, registry).read());
  expect(directory.evidence).toHaveLength(1024);
  expect(directory.evidence.at(-1)?.value).toBe("79 further rows are not told");
});

test("halves of surrogate pairs, which Windows takes in names, leave as what they are not", async () => {
  const registry = syntheticRegistry(
    {
      ...NAMES,
      "SYSTEM\\CurrentControlSet\\Services\\Tcpip\\Parameters": { Domain: "\ud83d.example" },
      [`${SERVICES}\\a\ud83d`]: { Type: 16, ObjectName: "CORP\\svc\udc00" },
      [`${SERVICES}\\shut\ud83d`]: {},
    },
    [`${SERVICES}\\shut\ud83d`],
  );
  const calls: DirectoryCalls = { ...workgroup, join: async () => ({ value: { status: 2, name: "W\ud83d" } }) };
  const directory = await createDirectoryReader({ now: () => 0 }, calls, registry).read();
  expect(directory.serviceAccounts).toEqual([{ consumer: "a\ufffd", account: "CORP\\svc\ufffd", kind: "domain" }]);
  expect(directory.detail).toContain("W\ufffd");
  // JSON writes halves as escapes, and nothing else of this.
  expect(JSON.stringify(directory)).not.toMatch(/\\u[dD]/);
});

test("built-in accounts of a German Windows are no domain's, by whichever half of their names is English", async () => {
  const accounts: AccountCalls = {
    machine: () => ({ code: 0xc0000022 }),
    domain: () => undefined,
    builtIn: async () => ["NT-AUTORITÄT\\SYSTEM", "NT-AUTORITÄT\\Lokaler Dienst", "NT-AUTORITÄT\\Netzwerkdienst"],
    accountName: async () => undefined,
  };
  const registry = syntheticRegistry({
    ...NAMES,
    [`${SERVICES}\\a`]: { Type: 16, ObjectName: "NT-Autorität\\NETZWERKDIENST", ImagePath: "C:\\a\\a.exe" },
    [`${SERVICES}\\b`]: { Type: 16, ObjectName: "NT-AUTORITÄT\\NetworkService", ImagePath: "C:\\b\\b.exe" },
    [`${SERVICES}\\c`]: { Type: 16, ObjectName: "NT-AUTORITÄT\\Lokaler Dienst", ImagePath: "C:\\c\\c.exe" },
    [`${SERVICES}\\d`]: { Type: 16, ObjectName: "NT-AUTORITÄT\\LocalService", ImagePath: "C:\\Windows\\d.exe" },
    [`${SERVICES}\\e`]: { Type: 16, ObjectName: "NT-FIRMA\\dienst", ImagePath: "C:\\e\\e.exe" },
  });
  const { serviceAccounts } = await createDirectoryReader({ now: () => 0 }, workgroup, registry, accounts).read();
  expect(serviceAccounts).toEqual([
    { consumer: "a", account: "NT-Autorität\\NETZWERKDIENST", kind: "machine" },
    { consumer: "b", account: "NT-AUTORITÄT\\NetworkService", kind: "machine" },
    { consumer: "c", account: "NT-AUTORITÄT\\Lokaler Dienst", kind: "local" },
    { consumer: "e", account: "NT-FIRMA\\dienst", kind: "domain" },
  ]);
});

test("a controller has no accounts of its own: what looks like one is its domain's", async () => {
  const controller: DirectoryCalls = {
    join: async () => ({ value: { status: 3, name: "CORP" } }),
    role: async () => ({ value: { role: 5, netbios: "CORP", dnsDomain: "corp.example" } }),
    controller: async () => ({ code: 1355 }),
    channel: async () => ({ code: 1355 }),
    entra: async () => undefined,
  };
  const registry = syntheticRegistry({
    ...NAMES,
    [`${SERVICES}\\backup`]: { Type: 16, ObjectName: ".\\svc-backup" },
    [`${SERVICES}\\log`]: { Type: 16, ObjectName: "NT AUTHORITY\\LocalService" },
    [`${SERVICES}\\own`]: { Type: 16, ObjectName: ".\\LocalSystem" },
  });
  const directory = Directory.parse(await createDirectoryReader({ now: () => 0 }, controller, registry).read());
  expect(directory).toMatchObject({ status: "joined", role: "dc" });
  expect(directory.serviceAccounts).toEqual([
    { consumer: "backup", account: ".\\svc-backup", kind: "domain" },
    { consumer: "log", account: "NT AUTHORITY\\LocalService", kind: "local" },
    { consumer: "own", account: ".\\LocalSystem", kind: "machine" },
  ]);
});

test("scheduled tasks by their accounts; of an identifier its name where it is this host's, else whose it is", async () => {
  const asked: string[] = [];
  /** DOUBLE of a member whose own accounts are S-1-5-21-7-8-9-…, and its domain's S-1-5-21-1-2-3-…. */
  const accounts: AccountCalls = {
    machine: () => ({ value: { sid: "S-1-5-21-7-8-9", name: "APP1" } }),
    domain: () => ({ sid: "S-1-5-21-1-2-3", name: "CORP" }),
    builtIn: async () => [],
    accountName: async (sid) => {
      asked.push(parseSid(sid) ?? "");
      return parseSid(sid) === "S-1-5-21-7-8-9-1001" ? "APP1\\backup" : undefined;
    },
  };
  const root = mkdtempSync(join(tmpdir(), "portolan-directory-"));
  try {
    const folder = `${join(root, "windows")}\\System32\\Tasks`;
    mkdirSync(folder);
    for (const [name, principal] of [
      ["Nightly", "<UserId>CORP\\svc</UserId>"],
      ["Own", "<UserId>S-1-5-18</UserId>"],
      ["Team", "<GroupId>CORP\\ops</GroupId>"],
      ["Weekly", "<UserId>S-1-5-21-1-2-3-1104</UserId>"],
      ["Local", "<UserId>S-1-5-21-7-8-9-1001</UserId>"],
      ["Local2", "<UserId>S-1-5-21-7-8-9-1001</UserId>"],
      ["Gone", "<UserId>S-1-5-21-7-8-9-1002</UserId>"],
      ["Other", "<UserId>S-1-5-21-4-5-6-1104</UserId>"],
      ["Cloud", "<UserId>S-1-12-1-4-5-6-7</UserId>"],
      ["Odd", "<UserId>S-1-5-21-4-x</UserId>"],
    ] as const) {
      writeFileSync(join(folder, name), `<Task><Principals><Principal>${principal}</Principal></Principals></Task>`);
    }
    const windows = { "SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion": { SystemRoot: join(root, "windows") } };
    const registry = syntheticRegistry({ ...NAMES, ...windows });
    const reader = createDirectoryReader({ now: () => 0 }, workgroup, registry, accounts);
    const directory = Directory.parse(await reader.read());
    expect(directory.serviceAccounts).toEqual([
      { consumer: "task \\Local", account: "APP1\\backup", kind: "local" },
      { consumer: "task \\Local2", account: "APP1\\backup", kind: "local" },
      { consumer: "task \\Nightly", account: "CORP\\svc", kind: "domain" },
      { consumer: "task \\Team, for a group", account: "CORP\\ops", kind: "domain" },
    ]);
    const unread = directory.evidence.filter(({ source }) => source.startsWith("task "));
    expect(unread.map(({ source, value }) => `${source}: ${value}`)).toEqual([
      "task \\Cloud: not read: the name of S-1-12-1-4-5-6-7, an account of Entra ID",
      "task \\Gone: not read: the name of S-1-5-21-7-8-9-1002, of this host, which has no such account",
      "task \\Odd: not read: S-1-5-21-4-x, which is no identifier",
      "task \\Other: not read: the name of S-1-5-21-4-5-6-1104, an account of another domain or machine",
      "task \\Weekly: not read: the name of S-1-5-21-1-2-3-1104, an account of the domain CORP",
    ]);
    // Of a domain's a controller would be asked.
    expect(asked.toSorted()).toEqual(["S-1-5-21-7-8-9-1001", "S-1-5-21-7-8-9-1002"]);
    const refusing = { ...accounts, machine: () => ({ code: 0xc0000022 }) };
    const { evidence, serviceAccounts } = await createDirectoryReader(
      { now: () => 0 },
      workgroup,
      registry,
      refusing,
    ).read();
    expect(serviceAccounts).toHaveLength(2);
    expect(JSON.stringify(evidence)).toContain("whose it is was not told, status 0xc0000022");
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
});

test.each([
  ["LocalSystem", "machine"],
  ["NT AUTHORITY\\NetworkService", "machine"],
  ["NT SERVICE\\MSSQLSERVER", "machine"],
  ["IIS APPPOOL\\p", "machine"],
  ["NT AUTHORITY\\LocalService", "local"],
  [".\\svc", "local"],
  ["app1\\svc", "local"],
  ["svc", "local"],
  ["MicrosoftAccount\\kim@mail.example", "local"],
  ["CORP\\svc", "domain"],
  ["svc@corp.example", "domain"],
  // Suggests a gMSA; nobody confirmed it.
  ["CORP\\svc$", "domain"],
])("%s is of kind %s", (account, kind) => {
  expect(accountKind(account, "APP1")).toBe(kind);
});
