import { expect, test } from "vitest";
import { accepted, RECEIVED_AT, syntheticReport } from "../testing/accepted-report.ts";

/** SYNTHETIC. */
const directory = {
  status: "joined",
  reason: "not-verified",
  method: "sssd",
  role: "member",
  realm: "CORP.EXAMPLE",
  domainControllers: [{ name: "dc1.corp.example", address: "10.9.0.1", source: "kdcinfo" }],
  spns: ["host/m1.corp.example"],
  serviceAccounts: [{ consumer: "nightly.service", account: "CORP\\svc-night", kind: "domain" }],
  evidence: [{ source: "/etc/krb5.keytab", value: "M1$@CORP.EXAMPLE", privileged: true, verifiedLive: false }],
  checkedAt: "2026-11-20T14:59:30.000Z",
};
const host = {
  hostname: "m1",
  os: { family: "linux", name: "Debian", architecture: "x64" },
  cpu: { cores: 1, logicalCores: 1 },
  memoryBytes: 1,
  disks: [],
  interfaces: [],
};
const dnsServer = { kind: "dns-server", holder: "eth0", target: "10.9.0.1", source: "/etc/resolv.conf" };

const taken = (parts: { directory?: unknown; host?: unknown }, sentAt = RECEIVED_AT) =>
  accepted({ ...syntheticReport, ...parts }, { sentAt });

test("a record that is as it should be comes out as it is, its time by the collector's clock", () => {
  const outcome = taken({ directory });
  expect(outcome).toMatchObject({ rejected: [], unknownKeys: 0 });
  expect(outcome.report.directory).toEqual(directory);
  const ahead = taken({ directory }, RECEIVED_AT + 60_000).report;
  expect(ahead.directory?.checkedAt).toBe("2026-11-20T14:58:30.000Z");
  expect(taken({}).report).not.toHaveProperty("directory");
});

test("a field or an item that is wrong costs itself, and is named", () => {
  const { report, rejected, unknownKeys } = taken({
    directory: {
      ...directory,
      method: "magic",
      site: 7,
      domainControllers: [{ source: "x", address: "nowhere" }, ...directory.domainControllers],
      spns: "host/m1",
      serviceAccounts: [{ ...directory.serviceAccounts[0], password: "synthetic" }, { consumer: "x" }],
      evidence: [],
      more: 1,
    },
  });
  const { method: _method, ...rest } = directory;
  expect(report.directory).toEqual({ ...rest, spns: [], evidence: [] });
  expect(rejected.map(({ path }) => path)).toEqual([
    "directory.method",
    "directory.site",
    "directory.domainControllers[0].address",
    "directory.spns",
    "directory.serviceAccounts[1].account",
    "directory.serviceAccounts[1].kind",
  ]);
  expect(unknownKeys).toBe(2);
});

test("without a status or a time nothing is said, whatever else is", () => {
  for (const wrong of [{ ...directory, status: "fine" }, { ...directory, checkedAt: "noon" }, [], "joined", null]) {
    const { report, rejected } = taken({ directory: wrong });
    expect(report).not.toHaveProperty("directory");
    expect(rejected).toHaveLength(1);
  }
});

test("what names an address stands apart from the facts, a bad item costs itself, and absent is not empty", () => {
  const { report, rejected, unknownKeys } = taken({
    host: { ...host, dependenciesOnAddress: [dnsServer, { ...dnsServer, kind: "dream" }, { ...dnsServer, more: 1 }] },
  });
  expect(report.host).toEqual(host);
  expect(report.addressDependencies).toEqual([dnsServer, dnsServer]);
  expect(rejected.map(({ path }) => path)).toEqual(["host.dependenciesOnAddress[1].kind"]);
  expect(unknownKeys).toBe(1);
  expect(taken({ host }).report).not.toHaveProperty("addressDependencies");
  expect(taken({ host: { ...host, dependenciesOnAddress: [] } }).report.addressDependencies).toEqual([]);
  const list = taken({ host: { ...host, dependenciesOnAddress: "all" } });
  expect([list.report.host, list.rejected.length]).toEqual([host, 1]);
});
