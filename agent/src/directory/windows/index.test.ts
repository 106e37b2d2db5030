import { Directory } from "@portolan/protocol";
import { expect, test } from "vitest";
import { syntheticRegistry } from "../../windows/synthetic-registry.ts";
import type { DirectoryCalls } from "./calls.ts";
import { createDirectoryReader } from "./index.ts";
import { accountKind } from "./service-accounts.ts";

const SERVICES = "SYSTEM\\CurrentControlSet\\Services";
const NAMES = { "SYSTEM\\CurrentControlSet\\Control\\ComputerName\\ActiveComputerName": { ComputerName: "APP1" } };

/** DOUBLE of a workgroup's host, which must not be asked about controllers. */
const workgroup: DirectoryCalls = {
  join: () => ({ value: { status: 2, name: "CORP" } }),
  role: () => ({ value: { role: 2, netbios: "CORP" } }),
  controller: () => Promise.reject(new Error("controller was asked")),
  channel: () => Promise.reject(new Error("channel was asked")),
  entra: () => undefined,
};

test("services by their accounts, without drivers and Windows' own, and with what may not be read", async () => {
  const registry = syntheticRegistry(
    {
      ...NAMES,
      [`${SERVICES}\\disk`]: { Type: 1 },
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
  expect(JSON.stringify(directory)).not.toContain("password");
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
  ["CORP\\svc", "domain"],
  ["svc@corp.example", "domain"],
  // Suggests a gMSA; nobody confirmed it.
  ["CORP\\svc$", "domain"],
])("%s is of kind %s", (account, kind) => {
  expect(accountKind(account, "APP1")).toBe(kind);
});
